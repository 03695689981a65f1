"""The law of decisions: what an agency may say to one, and what it must then give."""

from enum import StrEnum

from hub.errors import Refused

SHORTEST_DISSENT = 20


class Stance(StrEnum):
    """An agency's position on a decision."""

    agree = "agree"
    reservation = "reservation"
    dissent = "dissent"
    abstain = "abstain"
    not_consulted = "not-consulted"

    @property
    def label(self) -> str:
        return {
            "agree": "Agrees",
            "reservation": "Agrees with a reservation",
            "dissent": "Dissents",
            "abstain": "Abstains",
            "not-consulted": "Was not consulted",
        }[self.value]


def check_stance(stance: Stance, reason: str) -> None:
    """Raises Refused for a dissent or reservation without a reason that can be answered."""
    needs = {Stance.dissent: SHORTEST_DISSENT, Stance.reservation: 10, Stance.not_consulted: 10}.get(stance, 0)
    if len(reason.strip()) < needs:
        raise Refused(
            f"Give the reason in at least {needs} characters: it stays with the decision for ever", field="reason"
        )
