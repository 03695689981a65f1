"""The family's own view: what each person wants, in their own words, and what they were told."""
