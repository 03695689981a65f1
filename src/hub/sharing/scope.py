"""The twins in SQL of the reading permissions: which rows a worker may see, as predicates for a WHERE.

Written here once and used by every page, list, count, search and stream (house rule: nobody writes these by hand).
The clock is the database's: a right that ends by time ends with the next statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from hub.sharing.rules import OUTSIDE_THE_CIRCLE, Audience, Consent, Restriction, Role, Viewer
from hub.sharing.tables import (
    Agreement,
    AgreementPartner,
    CaseAgreement,
    CaseGrant,
    CaseRestriction,
    CircleSeat,
    RestrictionWorker,
)

# The people of a case stand in a room above this one; only the two columns are needed here.
INVOLVEMENT = table("involvement", column("case_id"), column("person_id"))


@dataclass(frozen=True)
class Asker:
    """Who asks: one worker by value, or each row of a query over workers by column."""

    worker_id: Any
    agency_id: Any
    by_agency: ColumnElement[bool]
    by_grant: ColumnElement[bool]


def asker(viewer: Viewer | Asker) -> Asker:
    """A worker who asks, as the predicates take one."""
    if isinstance(viewer, Asker):
        return viewer
    return Asker(viewer.worker_id, viewer.agency_id, _truth(viewer.by_agency), _truth(viewer.by_grant))


def anybody(roles: frozenset[str], *, triages: bool = False) -> Viewer:
    """Some worker of these roles, to put a statement together once and run it for each of them with `bound`.

    Putting the predicates together takes longer than asking them, so what every page asks is kept.
    """
    who: Any = {name: bindparam(name, type_=Uuid) for name in ("worker_id", "agency_id")}
    return Viewer(**who, roles=roles, triages=triages)


def bound(viewer: Viewer) -> dict[str, Any]:
    """The values that a statement for `anybody` needs to be this worker's."""
    return {"worker_id": viewer.worker_id, "agency_id": viewer.agency_id}


def asking_rows(worker: Any) -> Asker:
    """Each worker of a query over workers, given the mapped class."""
    return Asker(
        worker.id,
        worker.agency_id,
        not_(worker.roles.bool_op("&&")(_texts([role.value for role in OUTSIDE_THE_CIRCLE]))),
        not_(worker.roles.bool_op("&&")(_texts([Role.researcher.value]))),
    )


def _texts(values: Sequence[str]) -> ColumnElement[Any]:
    return cast(literal(sorted(values), ARRAY(Text)), ARRAY(Text))


def case_opens(viewer: Viewer | Asker, case_id: Any) -> ColumnElement[bool]:
    """The case opens to the viewer: the twin of Permission.case_read."""
    if isinstance(viewer, Asker) or not isinstance(case_id, InstrumentedAttribute):
        return _case_opens(asker(viewer), case_id)
    return _case_opens_to(viewer.worker_id, viewer.agency_id, viewer.by_agency, viewer.by_grant, case_id)


@lru_cache(maxsize=512)
def _case_opens_to(
    worker_id: UUID, agency_id: UUID, by_agency: bool, by_grant: bool, case_id: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Kept as put together, a question and never its answer: `my_work` asks it fifteen times, two fifths of its time."""
    return _case_opens(Asker(worker_id, agency_id, _truth(by_agency), _truth(by_grant)), case_id)


def _truth(value: bool) -> ColumnElement[bool]:
    return true() if value else false()


def _case_opens(who: Asker, case_id: Any) -> ColumnElement[bool]:
    return and_(or_(_seated(who, case_id), _granted(who, case_id)), not_(_kept(who, case_id)))


def _seated(who: Asker, case_id: Any) -> ColumnElement[bool]:
    return and_(who.by_agency, agency_seated(who.agency_id, case_id))


def agency_seated(agency_id: Any, case_id: Any) -> ColumnElement[bool]:
    """The agency has a live seat in the circle, whatever is kept from its workers."""
    return exists().where(
        CircleSeat.case_id == case_id,
        CircleSeat.agency_id == agency_id,
        CircleSeat.left_at.is_(None),
    )


def _granted(who: Asker, case_id: Any) -> ColumnElement[bool]:
    return and_(
        who.by_grant,
        exists().where(
            CaseGrant.case_id == case_id,
            CaseGrant.worker_id == who.worker_id,
            CaseGrant.ended_at.is_(None),
            CaseGrant.starts_at <= func.statement_timestamp(),
            CaseGrant.ends_at > func.statement_timestamp(),
        ),
    )


def _kept(who: Asker, case_id: Any, modes: Sequence[Restriction] = tuple(Restriction)) -> ColumnElement[bool]:
    # Said outright: two levels down, what a subquery may take from the query around it is not guessed.
    people = select(INVOLVEMENT.c.person_id).where(INVOLVEMENT.c.case_id == case_id).correlate_except(INVOLVEMENT)
    return exists().where(
        or_(CaseRestriction.case_id == case_id, CaseRestriction.person_id.in_(people)),
        _keeps(who, modes),
    )


def _keeps(who: Asker, modes: Sequence[Restriction]) -> ColumnElement[bool]:
    """A restriction of the query is live and keeps its case or person from the asker."""
    named = (
        exists()
        .where(
            RestrictionWorker.restriction_id == CaseRestriction.id,
            RestrictionWorker.worker_id == who.worker_id,
            RestrictionWorker.ended_at.is_(None),
        )
        .correlate_except(RestrictionWorker)
    )
    lets_in = [mode.value for mode in modes if mode.names_who_may]
    keeps_out = [mode.value for mode in modes if not mode.names_who_may]
    return and_(
        CaseRestriction.lifted_at.is_(None),
        or_(and_(CaseRestriction.mode.in_(lets_in), not_(named)), and_(CaseRestriction.mode.in_(keeps_out), named)),
    )


def reaches_agency(viewer: Viewer, case_id: Any) -> ColumnElement[bool]:
    """What went to the viewer's agency about a case, in its circle or not, is for this worker too.

    It is not for those whom the agency's seats let in nowhere, for whoever is kept out by name, or for whoever stands in
    the circle's own agency and has the case kept from them.
    """
    who = asker(viewer)
    return and_(
        who.by_agency,
        not_(_kept(who, case_id, [Restriction.kept_out])),
        or_(not_(agency_seated(who.agency_id, case_id)), not_(_kept(who, case_id))),
    )


def known_but_restricted(viewer: Viewer, case_id: Any) -> ColumnElement[bool]:
    """The viewer's agency stands in the circle and the case is kept from them in a way that says so."""
    who = asker(viewer)
    silent = [mode for mode in Restriction if mode is not Restriction.restricted]
    return and_(_seated(who, case_id), _kept(who, case_id, [Restriction.restricted]), not_(_kept(who, case_id, silent)))


def person_kept(viewer: Viewer, person_id: Any) -> ColumnElement[bool]:
    """A restriction of the person keeps them from the viewer."""
    return exists().where(CaseRestriction.person_id == person_id, _keeps(asker(viewer), tuple(Restriction)))


def at_referral(viewer: Viewer | Asker, referral_id: Any) -> ColumnElement[bool]:
    """The referral is one that the viewer's agency sent or was sent: the twin of Permission.referral_read."""
    who = asker(viewer)
    return and_(
        who.by_agency,
        exists().where(
            CircleSeat.referral_id == referral_id,
            CircleSeat.agency_id == who.agency_id,
            CircleSeat.left_at.is_(None),
        ),
    )


def agreement_in_force() -> ColumnElement[bool]:
    """An agreement of the query is live today, in London."""
    today = cast(func.timezone("Europe/London", func.statement_timestamp()), Date)
    return and_(Agreement.starts_on <= today, or_(Agreement.ends_on.is_(None), Agreement.ends_on > today))


def agreement_live(agency_id: Any, case_id: Any) -> ColumnElement[bool]:
    """A live agreement covers the case, and this agency has signed it and not left."""
    return exists().where(
        CaseAgreement.case_id == case_id,
        CaseAgreement.ended_at.is_(None),
        Agreement.id == CaseAgreement.agreement_id,
        agreement_in_force(),
        AgreementPartner.agreement_id == Agreement.id,
        AgreementPartner.agency_id == agency_id,
        AgreementPartner.signed_at.is_not(None),
        AgreementPartner.left_at.is_(None),
    )


def contribution_reaches(viewer: Viewer, of: Any) -> ColumnElement[bool]:
    """A contribution is for the viewer: the twin of Permission.contribution_read. `of` is the mapped class or an alias."""
    who = asker(viewer)
    other_side = exists().where(
        CircleSeat.case_id == of.case_id,
        CircleSeat.agency_id == who.agency_id,
        CircleSeat.left_at.is_(None),
        CircleSeat.side != of.side,
    )
    for_us = or_(
        and_(of.audience == Audience.circle.value, not_(other_side)),
        and_(of.audience == Audience.named.value, of.for_agencies.contains([who.agency_id])),
    )
    consented = of.consent != Consent.withdrawn.value
    return and_(
        not_(_kept(who, of.case_id)),
        or_(
            and_(
                _seated(who, of.case_id),
                or_(
                    of.agency_id == who.agency_id,
                    and_(for_us, consented, or_(of.emergency, agreement_live(who.agency_id, of.case_id))),
                ),
            ),
            and_(
                not_(_seated(who, of.case_id)),
                _granted(who, of.case_id),
                or_(
                    and_(of.audience == Audience.circle.value, consented),
                    of.author_id == who.worker_id,
                ),
            ),
        ),
    )


def intervention_reaches(viewer: Viewer, of: Any) -> ColumnElement[bool]:
    """The viewer may know of an intervention: its case opens, and it is not covert or is their own agency's."""
    who = asker(viewer)
    return and_(
        case_opens(viewer, of.case_id), or_(not_(of.covert), and_(who.by_agency, of.agency_id == who.agency_id))
    )


def unblinded(viewer: Viewer, *, owner: Any, revealed_at: Any, due_at: Any, at: datetime) -> ColumnElement[bool]:
    """The row is the viewer's own agency's, or its round has been shown; with `in_circle`, the twin of framing_read."""
    return or_(owner == viewer.agency_id, revealed_at.is_not(None), due_at <= at)
