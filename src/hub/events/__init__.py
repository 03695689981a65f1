"""The ledger: what happened and who looked, written once, for ever."""
