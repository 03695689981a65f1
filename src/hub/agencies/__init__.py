"""The partnership: its agencies with their faces and role cards, their workers and systems, and signing in."""
