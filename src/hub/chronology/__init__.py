"""The chronology: what every agency saw and did with a family, in one timeline with a lane for each."""
