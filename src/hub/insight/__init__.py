"""The partnership looking at itself: who we are, what each of us can do, and how we are doing together."""
