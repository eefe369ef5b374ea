"""Versions and their requirements, in the words and the order of each platform."""
