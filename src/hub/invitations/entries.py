"""A meeting as a calendar entry: when and where, and not a word about whom.

iTIP (RFC 5545, 5546, 6047): one invitation for each attendee, so that the list of attendees does not leak. The UID is
the meeting's, or its series', for ever; the SEQUENCE grows with each change; one meeting of a series is known by its
RECURRENCE-ID; the time zone travels with it. The title is neutral and the class confidential.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from hub.agencies.tables import Worker
from hub.config import settings
from hub.ids import ref
from hub.invitations.rules import Falling, Occasion, Pattern, reply_mark
from hub.london import LONDON, london

TITLE = "Joint meeting (details in the Hub)"
WORDS = "There is something for you in the Hub."
PRODUCT = "-//The Hub//Joint case conferences//EN"


def uid(entry_id: UUID) -> str:
    """The name of an entry in every calendar."""
    return f"{ref(entry_id)}@{urlsplit(settings().address).hostname}"


def organiser(entry_id: UUID, worker_id: UUID) -> str:
    """The address that an answer goes to: the Hub's own, marked for this worker and this meeting."""
    name, _, host = settings().mail_from.rpartition("@")
    return f"{name}+{reply_mark(entry_id, worker_id)}@{host}"


def invitation(
    occasions: Sequence[Occasion],
    *,
    to: Worker,
    at: datetime,
    series: tuple[Pattern, Falling] | None = None,
) -> tuple[str, str]:
    """The iCalendar text for one attendee, and its method: REQUEST, or CANCEL when the meetings are off.

    `series` makes the first occasion stand for a whole series, with the rule by which it repeats.
    """
    cancelled = all(one.cancelled for one in occasions)
    method = "CANCEL" if cancelled else "REQUEST"
    calendar = _calendar(method)
    for occasion in occasions:
        event = _event(occasion, at)
        if series is not None:
            pattern, falls = series
            event.add("rrule", pattern.rrule)
            if falls.skipped:
                event.add("exdate", [london(slot) for slot in falls.skipped])
        else:
            _place_in_series(event, occasion)
        address = _address(organiser(occasion.entry_id, to.id), occasion.chair, {})
        event.add("organizer", address)
        asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
        event.add("attendee", _address(to.email, to.name, asked), encode=False)
        calendar.add_component(event)
    return calendar.to_ical().decode(), method


def subscription(occasions: Sequence[tuple[Occasion, datetime]]) -> str:
    """A worker's meetings as a calendar to subscribe to; the same meetings give the same bytes.

    Each is known by the same name as in its invitation, so that somebody who has both sees it once.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", "The Hub")
    calendar.add("refresh-interval", timedelta(hours=1), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for occasion, changed_at in occasions:
        event = _event(occasion, changed_at)
        _place_in_series(event, occasion)
        calendar.add_component(event)
    return calendar.to_ical().decode()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_time_zone())
    return calendar


@cache  # working out seventy years of clock changes takes 15 ms, and every invitation carries them
def _time_zone() -> Timezone:
    return Timezone.from_tzinfo(LONDON)


def _place_in_series(event: Event, occasion: Occasion) -> None:
    """Says which one of its series it is, for one that is of a series."""
    if occasion.slot_at is not None:
        event.add("recurrence-id", london(occasion.slot_at))


def _event(occasion: Occasion, at: datetime) -> Event:
    event = Event()
    event.add("uid", uid(occasion.entry_id))
    event.add("sequence", occasion.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", london(occasion.starts_at))
    event.add("dtend", london(occasion.ends_at))
    event.add("summary", TITLE)
    event.add("description", WORDS)
    event.add("class", "CONFIDENTIAL")
    event.add("status", "CANCELLED" if occasion.cancelled else "CONFIRMED")
    event.add("url", f"{settings().address}{occasion.path}")
    if occasion.place:
        event.add("location", occasion.place)
    return event


def _address(email: str, name: str, parameters: dict[str, str]) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    for key, value in parameters.items():
        address.params[key] = vText(value)
    return address
