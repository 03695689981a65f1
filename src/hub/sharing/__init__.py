"""Who may see and do what. Nobody else in the house decides this."""
