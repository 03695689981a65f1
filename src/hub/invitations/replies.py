"""A calendar's own answer, as it comes by mail: an iTIP REPLY (RFC 5546, 3.2.3), read and judged without a database.

A reply is easily forged, so four things must agree: the meeting's UID, the invited address, the sender's address, and
the mark in the organiser's address, which only that invitee was ever sent.
"""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from icalendar import Calendar

from hub.errors import Refused
from hub.invitations.rules import Answer
from hub.london import LONDON

LARGEST = 512 * 1024
PARTSTAT = {
    "ACCEPTED": Answer.accepted,
    "TENTATIVE": Answer.tentative,
    "DECLINED": Answer.declined,
    "DELEGATED": Answer.deputy,
}


@dataclass(frozen=True)
class Reply:
    """What a calendar answered."""

    uid: str
    attendee: str
    answer: Answer
    sequence: int
    stamp: datetime
    organiser: str
    sender: str = ""
    """The address that the mail says it is from; empty for a calendar file alone."""
    slot_at: datetime | None = None
    comment: str = ""
    deputy: str = ""
    """The address to which the invitation was passed on."""


@dataclass(frozen=True)
class Invited:
    """What we know of the invitation that a reply names."""

    uid: str
    email: str
    organiser: str
    sequence: int
    answered_at: datetime | None = None


def read_reply(raw: bytes) -> Reply:
    """Reads a mail, or a calendar file alone. Raises Refused, saying what was wrong with it."""
    if len(raw) > LARGEST:
        raise Refused("The reply is too large to be a calendar’s answer.")
    text, sender = _calendar_text(raw)
    try:
        calendar = Calendar.from_ical(text)
        if str(calendar.get("method", "")).upper() != "REPLY":
            raise Refused("The calendar part is not a reply.")
        events = list(calendar.walk("VEVENT"))
        if len(events) != 1:
            raise Refused("A reply answers one meeting at a time.")
        return _reply(events[0], sender)
    except Refused:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as broken:
        raise Refused("The calendar part cannot be read.") from broken


def _calendar_text(raw: bytes) -> tuple[str, str]:
    if raw.lstrip().upper().startswith(b"BEGIN:VCALENDAR"):
        return raw.decode("utf-8", "replace"), ""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    if not sender:
        raise Refused("The mail does not say who it is from.")
    for part in _parts(message):
        if part.get_content_type() == "text/calendar":
            content: Any = part.get_payload(decode=True)
            return bytes(content).decode("utf-8", "replace"), sender
    raise Refused("The mail holds no calendar part.")


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield part


def _reply(event: Any, sender: str) -> Reply:
    attendees = event.get("attendee", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    if len(attendees) != 1:
        raise Refused("A reply comes from one invitee.")
    attendee = attendees[0]
    partstat = str(attendee.params.get("PARTSTAT", "")).upper()
    if partstat not in PARTSTAT:
        raise Refused("The reply does not say whether they are coming.")
    passed_on = attendee.params.get("DELEGATED-TO", "")
    passed_on = passed_on[0] if isinstance(passed_on, list | tuple) and passed_on else passed_on
    slot = event.get("recurrence-id")
    return Reply(
        uid=str(event["uid"]),
        attendee=_address(attendee),
        answer=PARTSTAT[partstat],
        sequence=int(event.get("sequence", 0)),
        stamp=_moment(event["dtstamp"].dt),
        organiser=_address(event["organizer"]),
        sender=sender,
        slot_at=_moment(slot.dt) if slot is not None else None,
        comment=str(event.get("comment", ""))[:300] if not isinstance(event.get("comment"), list) else "",
        deputy=_address(passed_on) if passed_on else "",
    )


def _address(value: Any) -> str:
    return str(value).strip().lower().removeprefix("mailto:")


def _moment(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - given its zone in the next line
    return (value if value.tzinfo else value.replace(tzinfo=LONDON)).astimezone(UTC)


def check_reply(reply: Reply, invited: Invited | None) -> None:
    """Raises Refused for a reply that does not belong to the invitation, or was made to an older one."""
    if invited is None or reply.uid != invited.uid:
        raise Refused("Nobody with that address is invited to that meeting.")
    if reply.attendee != invited.email.lower() or (reply.sender and reply.sender != invited.email.lower()):
        raise Refused("The reply does not come from the invitee’s own address.")
    if reply.organiser != invited.organiser.lower():
        raise Refused("The reply does not carry the mark of the invitation that we sent.")
    if reply.sequence < invited.sequence:
        raise Refused("The reply is to an older invitation: the meeting has moved since.")
    if invited.answered_at is not None and reply.stamp < invited.answered_at.replace(microsecond=0):
        raise Refused("A later answer has been given already.")
