"""Doors to other organisations: signatures on what they send, and the post."""
