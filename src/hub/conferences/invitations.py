"""A conference as a calendar sees it."""

from datetime import datetime

from hub.agencies.tables import Worker
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.ids import ref
from hub.invitations import entries
from hub.invitations.rules import Occasion


def path_of(conference: Conference) -> str:
    """The address of a conference."""
    return f"/conferences/{ref(conference.id)}"


def occasion_of(conference: Conference, chair: Worker | None) -> Occasion:
    """What of a conference may stand in a calendar."""
    return Occasion(
        id=conference.id,
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        path=path_of(conference),
        chair=chair.name if chair else "",
        place=conference.place,
        sequence=conference.sequence,
        cancelled=conference.state == ConferenceState.cancelled,
        series_id=conference.series_id,
        slot_at=conference.slot_at,
    )


def invitation(conference: Conference, *, to: Worker, chair: Worker, at: datetime) -> tuple[str, str]:
    """The iCalendar text for one attendee, and its method."""
    return entries.invitation([occasion_of(conference, chair)], to=to, at=at)
