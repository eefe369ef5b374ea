"""Source distribution: files are chosen and packed into an sdist."""
