"""The law of roles: which go together, who gives them, and what no agency may be left without."""

from collections.abc import Collection
from dataclasses import dataclass

from hub.errors import Refused
from hub.sharing.rules import OUTSIDE_THE_CIRCLE, Role

GIVEN = tuple(role for role in Role if role is not Role.guest)
"""What an administrator can give. A guest is made by inviting somebody to one case."""

OPENS = {
    Role.frontline: "Works with families: reads and adds to the cases of the agency.",
    Role.leader: "Steers the cases of the agency, keeps them from some, invites guests, hands work over for colleagues.",
    Role.coordinator: "Decides on referrals, steers cases, runs conferences and reviews emergencies.",
    Role.administrator: "Gives roles, moves and ends accounts, and drafts and signs agreements.",
    Role.guardian: "Signs agreements, reviews emergencies and refusals, keeps cases from some, lets a scrutineer in.",
    Role.scrutineer: "Reads only the cases that an information guardian opens to them, for a time. Changes nothing.",
    Role.researcher: "Sees counts, and nothing about any person or case.",
}


@dataclass(frozen=True)
class Change:
    """Which roles somebody gets and loses, each in the order of the law."""

    given: tuple[Role, ...]
    taken: tuple[Role, ...]


def change_of(was: Collection[str], now: Collection[str]) -> Change:
    """What differs between the roles that somebody has and those that they are to have."""
    return Change(
        tuple(role for role in Role if role in now and role not in was),
        tuple(role for role in Role if role in was and role not in now),
    )


def check_roles(
    was: Collection[str], now: Collection[str], *, name: str, other_administrators: int, still_theirs: str
) -> Change:
    """The change from some roles to others. Raises Refused when it may not be.

    `other_administrators` are those of the agency besides this worker; `still_theirs` is the sentence that says what
    they would leave without a person, or nothing.
    """
    if Role.guest in was:
        raise Refused("A guest has no other role. They are invited to one case at a time", field="roles")
    if not now:
        raise Refused("Choose at least one role. To stop somebody from signing in, end their account", field="roles")
    if Role.guest in now:
        raise Refused("Choose roles from the list", field="roles")
    if len(now) > 1 and OUTSIDE_THE_CIRCLE & {Role(role) for role in now}:
        raise Refused(
            "A scrutineer or researcher stands outside every circle and has no other role beside it", field="roles"
        )
    change = change_of(was, now)
    if not change.given and not change.taken:
        raise Refused(f"{name} has these roles already", field="roles")
    if Role.administrator in change.taken and not other_administrators:
        raise Refused(
            f"{name} is the last administrator of the agency. Give a colleague that role first", field="roles"
        )
    if still_theirs and OUTSIDE_THE_CIRCLE & set(change.given):
        raise Refused(still_theirs, field="roles")
    return change
