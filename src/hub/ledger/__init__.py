"""The ledger sealed: what happened is numbered, hashed into a tree, signed, and held outside the database as well."""
