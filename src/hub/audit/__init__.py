"""The ledger made readable."""
