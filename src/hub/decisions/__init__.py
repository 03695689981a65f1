"""Decisions: the question, the options, what was chosen and why, and where each agency stands on it."""
