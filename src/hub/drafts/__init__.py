"""Drafts: what a worker has typed and not yet sent, kept for them alone until they send or discard it."""
