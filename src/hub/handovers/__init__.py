"""Handing over: nobody leaves while something is theirs, and what they know goes with what they answer for."""
