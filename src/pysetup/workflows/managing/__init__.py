"""The dependencies of a project: where they are stated, changed, and brought in."""
