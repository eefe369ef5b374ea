"""What the platforms call things: names, versions, relations and their packages."""
