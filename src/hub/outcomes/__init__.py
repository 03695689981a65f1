"""Joint outcomes, each agency's own objective in them, and their measures over time."""
