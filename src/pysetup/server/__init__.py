"""The index server: a request is turned into a response, behind a thin shell."""
