"""Being asked to a meeting: the answer, the calendar entry, the link in a mail, and a calendar's own reply."""
