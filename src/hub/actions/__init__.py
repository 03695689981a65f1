"""Actions: what one named person will do by a day, and how it ended."""
