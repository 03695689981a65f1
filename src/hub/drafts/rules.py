"""Which forms keep a draft, what of it is worth keeping, and for how long."""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused

KEEP = timedelta(days=30)
LARGEST_BYTES = 200_000

Typed = dict[str, list[str]]


class DraftForm(StrEnum):
    """A form of a case that keeps what is typed into it. A worker has one draft of each for each case."""

    contribution = "contribution"
    problem = "problem"
    rate = "rate"
    move = "move"
    outcome = "outcome"
    decision = "decision"
    minute = "minute"
    conference_decision = "conference-decision"
    conference_action = "conference-action"
    report = "report"

    @property
    def page(self) -> str:
        """Where the form stands, after the address of its case."""
        return {
            "contribution": "/contributions/new",
            "outcome": "/outcomes/new",
            "decision": "/decisions/new",
            "minute": "/conferences",
            "conference-decision": "/conferences",
            "conference-action": "/conferences",
            "report": "/conferences",
        }.get(self.value, f"/{self.value}")


# What a form holds before anybody has typed: by itself it is no draft.
CHOSEN_FOR_THEM: Mapping[DraftForm, frozenset[str]] = {
    DraftForm.contribution: frozenset({"kind", "confidence", "audience", "as_of", "agencies"}),
    DraftForm.rate: frozenset({"rating"}),
    DraftForm.decision: frozenset({"option_2", "took", "why_now", "threshold"}),
    DraftForm.conference_decision: frozenset({"option_2", "took", "threshold"}),
    DraftForm.minute: frozenset({"agency", "audience", "agencies"}),
    DraftForm.report: frozenset({"audience", "agencies"}),
    DraftForm.outcome: frozenset({"agencies", "accountable", "baseline_on", "theme"}),
}


def worth_keeping(form: DraftForm, fields: Mapping[str, list[str]]) -> Typed:
    """What to keep of the fields of a form: nothing when all of it was filled in by the page.

    Fields that begin with an underscore belong to the machinery. Raises Refused for more than a form can hold.
    """
    typed = {
        name: values for name, values in fields.items() if not name.startswith("_") and any(v.strip() for v in values)
    }
    if not typed.keys() - CHOSEN_FOR_THEM.get(form, frozenset()):
        return {}
    if len(packed(typed)) > LARGEST_BYTES:
        raise Refused("This is too long to be kept as a draft. Send it in parts.")
    return typed


def packed(typed: Typed) -> bytes:
    return json.dumps(typed, ensure_ascii=False).encode()


def unpacked(kept: bytes) -> Typed:
    return {str(name): [str(value) for value in values] for name, values in json.loads(kept).items()}


def seal_of(worker_id: UUID, case_id: UUID, form: DraftForm) -> str:
    """What a sealed draft belongs to, so that one copied to another worker's row does not open."""
    return f"draft/{worker_id.hex}/{case_id.hex}/{form.value}"
