"""Agencies push their interventions by the same signed hook as referrals: this says which events, and who opens them."""

from hub.interventions import incoming, placing
from hub.referrals.contract import OtherEvent, also_receives

also_receives(incoming.TYPES, OtherEvent(faults=incoming.faults, opens=placing.open_envelope))
