"""Chasing: who is reminded of an action before and after its day, one step further each time."""
