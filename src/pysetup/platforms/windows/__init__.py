"""What the two formats for Windows share: names, launchers, and most of a plan."""
