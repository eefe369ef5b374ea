"""What comes from an index, a folder or a URL, checked."""
