"""The values that pass from phase to phase; each has a JSON form."""
