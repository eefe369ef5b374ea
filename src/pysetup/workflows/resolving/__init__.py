"""From what was asked for to pins, and why."""
