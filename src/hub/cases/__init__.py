"""A case: the work with one family or person, its problem, its stage, its one accountable person, its circle."""
