"""How projects are built: in environments made for it, locked, cached, or as it is."""
