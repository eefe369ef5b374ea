"""The msi format: Windows Installer databases, written in pure Python."""
