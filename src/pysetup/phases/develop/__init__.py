"""Develop: a checkout is read, and made importable where it stands."""
