"""The ledger's one table. It has no foreign keys to what it speaks of, and no prose: sentences are made on reading."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, text
from sqlmodel import Field, SQLModel

from hub.columns import Identity as Id
from hub.columns import Moment, document, identities, moment, personal, plain


class Event(SQLModel, table=True):
    """One thing that happened, or one look: who, what, about which case, person and subject, when.

    The fields are those of an IHE BALP audit record and of DPA 2018 s.62. `facts` holds codes, identities and the
    names of fields, never a value or a word of anybody's.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("kind ~ '^[a-z-]+:[a-z-]+$'", name="event_kind_form"),
        Index("event_case", "case_id", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index("event_person", "person_id", "id", postgresql_where=text("person_id IS NOT NULL")),
        Index("event_referral", "referral_id", "id", postgresql_where=text("referral_id IS NOT NULL")),
        Index("event_worker", "worker_id", "id"),
        Index("event_case_kind", "case_id", "kind", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index("event_transaction", "transaction_id"),
        Index(
            "event_found_people",
            text("(facts -> 'ids')"),
            postgresql_using="gin",
            postgresql_where=text("kind IN ('search:made', 'family:viewed')"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str = plain()
    at: Moment = moment()
    recorded_at: Moment | None = moment(now=True)
    worker_id: Id | None = None
    agency_id: Id | None = None
    system_id: Id | None = None
    roles: str = plain(default="")
    case_id: Id | None = None
    person_id: Id | None = None
    referral_id: Id | None = None
    subject_type: str = plain(default="")
    subject_id: Id | None = None
    only_agencies: list[Id] | None = identities(null=True)
    """When not null, only these agencies (of those who may see the case) may know that this happened."""
    facts: dict[str, Any] = document()
    request_id: str = plain(default="")
    ip_prefix: str = personal(default="")
    session_mark: str = plain(default="")
    audible: bool = False
    """Whether the live screens are told. A trigger sends the row's id with the commit."""
    leaf: str = plain(default="", sa_column_kwargs={"server_default": text("''")})
    """The SHA-256 of what the event says (`events.leaves`); empty in a row from before there were leaves."""
    transaction_id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger,
            nullable=False,
            server_default=text("(pg_current_xact_id()::text::bigint)"),
        ),
    )
    """The transaction that wrote the row: by it the sealer knows what may still be on its way to a commit."""
