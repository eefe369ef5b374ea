"""Binary distribution: a built tree becomes one file that can be installed."""
