"""The twins in SQL of the reading permissions: which rows a worker may see, as predicates for a WHERE.

Written here once and used by every page, list, count, search and stream (house rule: nobody writes these by hand).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_

from hub.sharing.rules import Audience, Viewer
from hub.sharing.tables import CircleSeat


def in_circle(viewer: Viewer, case_id: Any) -> ColumnElement[bool]:
    """The case is one in whose circle the viewer's agency stands: the twin of Permission.case_read."""
    return agency_in_circle(viewer.agency_id, case_id)


def agency_in_circle(agency_id: UUID | None, case_id: Any) -> ColumnElement[bool]:
    return exists().where(
        CircleSeat.case_id == case_id,
        CircleSeat.agency_id == agency_id,
        CircleSeat.left_at.is_(None),
    )


def at_referral(viewer: Viewer, referral_id: Any) -> ColumnElement[bool]:
    """The referral is one that the viewer's agency sent or was sent: the twin of Permission.referral_read."""
    return exists().where(
        CircleSeat.referral_id == referral_id,
        CircleSeat.agency_id == viewer.agency_id,
        CircleSeat.left_at.is_(None),
    )


def reaches(viewer: Viewer, *, audience: Any, named: Any, owner: Any) -> ColumnElement[bool]:
    """The audience of a row includes the viewer's agency; with `in_circle`, the twin of contribution_read."""
    return or_(
        owner == viewer.agency_id,
        audience == Audience.circle.value,
        and_(audience == Audience.named.value, named.contains([viewer.agency_id])),
    )
