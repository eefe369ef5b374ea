"""The deb format: Debian's packages, as binaries and as sources, in pure Python."""
