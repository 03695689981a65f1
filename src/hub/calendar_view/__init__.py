"""The picture of one family's week, month and twelve months: agencies as lanes, and the same as a table."""
