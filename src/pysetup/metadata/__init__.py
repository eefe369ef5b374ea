"""The one document: its value, its schema, and its projections both ways."""
