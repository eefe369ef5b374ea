"""The pkg format: flat packages of macOS, written in pure Python."""
