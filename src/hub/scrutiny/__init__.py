"""Independent scrutiny: a named scrutineer reads one case for a time, all that the circle shares, and changes nothing."""
