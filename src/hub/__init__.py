"""The Hub: co-location in software for the agencies that work with a family."""
