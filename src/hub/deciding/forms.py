"""What may be typed to record a decision made between meetings."""

from hub.cases.forms import WhyNowIn
from hub.decisions.forms import DecisionIn


class BetweenIn(DecisionIn, WhyNowIn):
    """A decision, and why it did not wait for a conference."""
