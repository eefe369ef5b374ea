"""An index as values: pages, files, uploads; parsed and serialised, never fetched."""
