"""The document as commands handle it: read, changed, compared."""
