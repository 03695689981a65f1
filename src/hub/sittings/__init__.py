"""Meetings with a list of cases: MARAC, IOM and the MASH's daily meeting, each case in a conference of its own."""
