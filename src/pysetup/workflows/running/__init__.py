"""Commands and scripts: what they need, and how they are started."""
