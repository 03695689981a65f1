"""What somebody was heard to say, until they have confirmed it."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.contributions.rules import ContributionKind
from hub.said.rules import Where


class SpokenShare(SQLModel, table=True):
    """Words of one worker as another heard them. Confirmed, they are a contribution of the speaker's agency
    (`thread_id`); what was heard at first stays here to be read."""

    __tablename__ = "spoken_share"
    __table_args__ = (
        CheckConstraint(one_of("place", Where), name="spoken_share_place"),
        CheckConstraint(one_of("kind", ContributionKind), name="spoken_share_kind"),
        CheckConstraint("num_nonnulls(confirmed_at, disowned_at) <= 1", name="spoken_share_one_answer"),
        CheckConstraint("(confirmed_at IS NULL) = (thread_id IS NULL)", name="spoken_share_contributed"),
        Index("spoken_share_of_case", "case_id", "noted_at"),
        Index(
            "spoken_share_to_confirm",
            "speaker_id",
            postgresql_where=text("confirmed_at IS NULL AND disowned_at IS NULL"),
        ),
        Index(
            "spoken_share_to_chase",
            "confirm_by",
            postgresql_where=text("confirmed_at IS NULL AND disowned_at IS NULL AND chased_at IS NULL"),
        ),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    """The speaker's agency: it is its lane that the words stand in."""
    speaker_id: Identity = points_to("worker.id", index=False)
    noted_by: Identity = points_to("worker.id", index=False)
    place: str = plain()
    kind: str = plain(default=ContributionKind.fact.value)
    words: str = sensitive()
    noted_at: Moment = moment()
    confirm_by: Moment = moment()
    chased_at: Moment | None = moment(null=True)
    confirmed_at: Moment | None = moment(null=True)
    thread_id: Identity | None = None
    disowned_at: Moment | None = moment(null=True)
    disowned_because: str = sensitive(default="")
