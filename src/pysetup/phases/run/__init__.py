"""Run: an installed entry point is found and started."""
