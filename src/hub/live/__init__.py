"""The ledger made audible: open pages hear that something changed, never what, and ask again for what they may see."""
