"""The shared case view: what is going on, who is on it, what next."""
