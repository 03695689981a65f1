"""The law of actions: where one stands."""

from enum import StrEnum


class ActionState(StrEnum):
    """Where an action stands. Overtaken by events and not undertaken are two different things (SafeLives)."""

    open = "open"
    done = "done"
    overtaken = "overtaken"
    not_undertaken = "not-undertaken"

    @property
    def label(self) -> str:
        return {
            "open": "Open",
            "done": "Done",
            "overtaken": "Overtaken by events",
            "not-undertaken": "Not undertaken",
        }[self.value]
