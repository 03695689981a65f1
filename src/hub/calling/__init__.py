"""Calling people together: what is due, when all can come, invitations answered anywhere, and calendars."""
