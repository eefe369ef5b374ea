"""Lock files of other tools, read: what they pin, as a ``pylock.toml`` can say it."""
