"""The kinds of conference as this partnership holds them: their clocks, core agencies, quorum, chair and record."""
