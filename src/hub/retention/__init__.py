"""How long a case is kept after it is closed, what holds it longer, and how it is disposed of by two people."""
