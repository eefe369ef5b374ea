"""Formats: each module reads and writes one form and lists what it cannot hold."""
