"""The disclosure ledger: what was shared with whom, for what purpose and on what basis, written by the act of sharing."""
