"""Build: a source becomes a directory in wheel layout."""
