"""A conference as a calendar invitation: when and where, and not a word about whom.

iTIP over RFC 5545 and 5546: one invitation for each attendee, so that the list of attendees does not leak; the UID is
the conference's for ever and the SEQUENCE grows with each change; the time zone travels with it. The title is neutral
and the class confidential.
"""

from datetime import datetime
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vCalAddress, vText

from hub.agencies.tables import Worker
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.config import settings
from hub.ids import ref
from hub.london import london

TITLE = "Joint meeting (details in the Hub)"
PRODUCT = "-//The Hub//Joint case conferences//EN"


def uid(conference: Conference) -> str:
    """The name of the conference in every calendar, for ever."""
    return f"{ref(conference.id)}@{urlsplit(settings().address).hostname}"


def invitation(conference: Conference, *, to: Worker, chair: Worker, at: datetime) -> tuple[str, str]:
    """The iCalendar text for one attendee, and its method: REQUEST, or CANCEL for a conference that is off."""
    cancelled = conference.state == ConferenceState.cancelled
    method = "CANCEL" if cancelled else "REQUEST"
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", uid(conference))
    event.add("sequence", conference.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", london(conference.starts_at))
    event.add("dtend", london(conference.ends_at))
    event.add("summary", TITLE)
    event.add("class", "CONFIDENTIAL")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("url", f"{settings().address}/conferences/{ref(conference.id)}")
    if conference.place:
        event.add("location", conference.place)
    event.add("organizer", _address(settings().mail_from, chair.name, {}))
    event.add(
        "attendee",
        _address(to.email, to.name, {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}),
        encode=False,
    )
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical().decode(), method


def _address(email: str, name: str, parameters: dict[str, str]) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    for key, value in parameters.items():
        address.params[key] = vText(value)
    return address
