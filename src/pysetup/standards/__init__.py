"""The written standards as values: names, versions, requirements, tags, hashes."""
