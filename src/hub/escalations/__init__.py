"""Agencies that see something differently, and the ladder by which they come to a plan."""
