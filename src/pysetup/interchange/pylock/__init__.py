"""Lock files: ``pylock.toml`` as a value, read, written, and chosen from (PEP 751)."""
