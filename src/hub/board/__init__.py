"""Every open case that I may see, at a glance; and what waits on me."""
