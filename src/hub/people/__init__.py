"""People and families: who they are, who they are to one another, and whether we know them already."""
