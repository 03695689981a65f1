"""Where drafts are kept: sealed, so that nobody who reads the database reads half-written words."""

from sqlalchemy import CheckConstraint, Column, LargeBinary
from sqlmodel import Field, SQLModel

from hub.columns import SENSITIVE, Identity, Moment, moment, one_of, plain
from hub.drafts.rules import DraftForm


class Draft(SQLModel, table=True):
    """What one worker has typed into one form of one case.

    `form_key` is the key of the form that it was typed into: once that form has been sent, this is no draft any more,
    whichever of the two arrived first.
    """

    __tablename__ = "draft"
    __table_args__ = (CheckConstraint(one_of("form", DraftForm), name="draft_form"),)

    worker_id: Identity = Field(primary_key=True, foreign_key="worker.id")
    case_id: Identity = Field(primary_key=True, foreign_key="case_record.id")
    form: str = plain(primary_key=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False, info=SENSITIVE))
    form_key: str = plain(default="")
    saved_at: Moment = moment(index=True)
