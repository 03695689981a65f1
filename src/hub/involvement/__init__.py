"""Who is involved with a person or a family, and how to ring them; and finding people at all."""
