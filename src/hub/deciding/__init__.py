"""Deciding, in a conference or between two: one decision's page, where each agency stands, and dissent that is answered."""

from hub.cases import steering
from hub.deciding.register import BetweenMeetingsRegister

steering.keep(BetweenMeetingsRegister())
