"""Joint case conferences: called, invited, held, decided with each agency's position, and followed up."""
