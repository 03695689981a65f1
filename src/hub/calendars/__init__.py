"""When people are free: their agency's calendar, what the Hub itself has booked, and times that suit all."""
