"""Configuration: its keys, its files, and who of them wins."""
