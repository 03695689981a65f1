"""A joint conference from the door to the letter: who is there, what is said, and the minutes that stay."""
