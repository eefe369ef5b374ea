"""Environments: found, made, changed, looked into."""
