"""How a concern arrives, is rated and decided, and how the referrer hears back."""
