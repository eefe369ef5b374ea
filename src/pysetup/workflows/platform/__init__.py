"""Platform packages: formats found, sources built, packages written and read back."""
