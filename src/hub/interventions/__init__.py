"""What is being done to and for the family, by whom, when."""
