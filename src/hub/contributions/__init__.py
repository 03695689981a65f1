"""What each agency knows, thinks and offers, in its own words and its own lane."""
