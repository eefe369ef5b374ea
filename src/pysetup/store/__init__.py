"""Files by their hash, fetched once and verified whenever they are used."""
