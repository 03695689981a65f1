"""The law of spoken words: they count as much as written ones, once the speaker has said that they are theirs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from hub.errors import Conflict, Refused


class Where(StrEnum):
    """Where it was said."""

    conference = "conference"
    phone = "phone"
    in_person = "in-person"

    @property
    def label(self) -> str:
        return {"conference": "In a conference", "phone": "On the phone", "in-person": "In person"}[self.value]


def check_noting(words: str, speaker_id: UUID, noted_by: UUID, speakers_agency: UUID, circle: list[UUID]) -> None:
    """Raises Refused for no words, for one's own, or for a speaker whose agency is not around the case."""
    if not words.strip():
        raise Refused("Write down what was said", field="words")
    if speaker_id == noted_by:
        raise Refused("Your own words go into your own lane: choose who else said it", field="speaker")
    if speakers_agency not in circle:
        raise Refused("Choose a worker of an agency around this case", field="speaker")


def check_unanswered(confirmed_at: datetime | None, disowned_at: datetime | None) -> None:
    """Raises Conflict when the speaker has answered already."""
    if confirmed_at is not None or disowned_at is not None:
        raise Conflict("You have answered this already.")
