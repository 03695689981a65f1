"""The problem first: how each agency sees it, what we say of it together, who could meet it, where we differ on risk."""
