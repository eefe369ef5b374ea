"""Lock files made, checked, and installed from."""
