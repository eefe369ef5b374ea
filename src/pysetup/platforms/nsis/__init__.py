"""The wininst format: an installer program for Windows, made by NSIS."""
