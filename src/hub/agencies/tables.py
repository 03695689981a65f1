"""The partnership's memory of itself: agencies, workers, role cards, sending systems, sessions."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, func, text
from sqlmodel import Field, SQLModel

from hub.columns import (
    PLAIN,
    SENSITIVE,
    Identity,
    Moment,
    document,
    identity,
    moment,
    personal,
    plain,
    points_to,
    sensitive,
    texts,
)


class Partnership(SQLModel, table=True):
    """The one partnership that this Hub serves. `clocks` overrides the default timers by their codes."""

    __tablename__ = "partnership"

    id: Identity = identity()
    name: str = plain()
    reference_prefix: str = plain()
    """The letters that begin each spoken reference."""
    desk_phone: str = plain(default="")
    clocks: dict[str, Any] = document()
    founded_at: Moment = moment()


class Agency(SQLModel, table=True):
    """An agency of the partnership, with its face: a mark of two to four letters and one of eight colours."""

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint("colour BETWEEN 1 AND 8", name="agency_colour"),
        CheckConstraint("mark ~ '^[A-Z][A-Za-z&]{1,3}$'", name="agency_mark"),
    )

    id: Identity = identity()
    slug: str = plain(unique=True)
    name: str = plain(unique=True)
    mark: str = plain(unique=True)
    colour: int
    sector: str = plain()
    statutory: bool = True
    triages: bool = False
    """Decides on referrals: its workers see the whole inbox."""
    desk_phone: str = plain(default="")
    place: int = 0
    """Where its lane stands, so that an agency is always found in the same place."""
    ended_at: Moment | None = moment(null=True)


class RoleCard(SQLModel, table=True):
    """What an agency can do, cannot do, holds and needs: the card at the head of its lane."""

    __tablename__ = "role_card"

    agency_id: Identity = Field(primary_key=True, foreign_key="agency.id")
    summary: str = plain()
    can: list[str] = texts()
    cannot: list[str] = texts()
    holds: list[str] = texts()
    needs: list[str] = texts()
    powers: list[str] = texts()
    typical_wait: str = plain(default="")
    reviewed_on: date = plain()


class Worker(SQLModel, table=True):
    """A person who works for an agency. An ended account stays, because its name stands in the record."""

    __tablename__ = "worker"
    __table_args__ = (
        Index("worker_email", func.lower(text("email")), unique=True),
        CheckConstraint(
            "roles <@ ARRAY['frontline','leader','coordinator','administrator','guardian','scrutineer','researcher',"
            "'guest'] AND cardinality(roles) > 0",
            name="worker_roles",
        ),
    )

    id: Identity = identity()
    agency_id: Identity = points_to("agency.id")
    name: str = personal()
    email: str = personal()
    profession: str = plain()
    job: str = plain(default="")
    phone: str = personal(default="")
    works: str = plain(default="")
    """When they are in, in words: "Monday to Thursday, 9 to 5"."""
    roles: list[str] = texts(PLAIN, default=False)
    manager_id: Identity | None = points_to("worker.id", null=True)
    password_hash: str = sensitive(default="")
    password_set_at: Moment | None = moment(null=True)
    started_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)


class SignInSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds 256 random bits; here stands only their SHA-256."""

    __tablename__ = "sign_in_session"

    id: Identity = identity()
    token_digest: bytes = Field(sa_column=Column(LargeBinary, unique=True, nullable=False, info=SENSITIVE))
    worker_id: Identity = points_to("worker.id")
    created_at: Moment = moment()
    last_seen_at: Moment = moment()
    method: str = plain(default="password")
    ip_prefix: str = personal(default="")
    browser: str = personal(default="")
    revoked_at: Moment | None = moment(null=True)


class SignInTry(SQLModel, table=True):
    """One try to sign in, kept to slow down guessing. The account is a digest: a mistyped address tells nothing."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("sign_in_try_account", "account", "at"),
        Index("sign_in_try_network", "ip_prefix", "at"),
    )

    id: Identity = identity()
    account: str = personal()
    ip_prefix: str = personal()
    succeeded: bool
    at: Moment = moment()


class SendingSystem(SQLModel, table=True):
    """A system of an agency that pushes referrals. `source` is what it is called in addresses; it says nothing."""

    __tablename__ = "sending_system"

    id: Identity = identity()
    source: str = plain(unique=True)
    name: str = plain(unique=True)
    agency_id: Identity = points_to("agency.id")
    created_at: Moment = moment()
    suspended_at: Moment | None = moment(null=True)
    removed_at: Moment | None = moment(null=True)


class SystemKey(SQLModel, table=True):
    """A live key of a sending system: the sealed shared secret (`v1`) or the public key (`v1a`)."""

    __tablename__ = "system_key"
    __table_args__ = (CheckConstraint("kind IN ('v1', 'v1a')", name="system_key_kind"),)

    id: Identity = identity()
    system_id: Identity = points_to("sending_system.id")
    kind: str = plain()
    material: bytes = Field(sa_column=Column(LargeBinary, nullable=False, info=SENSITIVE))
    created_at: Moment = moment()
    expires_at: Moment | None = moment(null=True)
    last_used_at: Moment | None = moment(null=True)


class Submission(SQLModel, table=True):
    """A form that was sent, by the hidden key it was rendered with: a double click makes one record."""

    __tablename__ = "submission"

    worker_id: Identity = Field(primary_key=True, foreign_key="worker.id")
    key: str = plain(primary_key=True)
    digest: str = plain()
    location: str = plain(default="")
    seen: int = 1
    first_at: Moment = moment(index=True)


class RoleChange(SQLModel, table=True):
    """One time that somebody's roles were changed: which were given and taken, by whom, and why. Never changed itself."""

    __tablename__ = "role_change"
    __table_args__ = (Index("role_change_of", "worker_id", "changed_at"),)

    id: Identity = identity()
    worker_id: Identity = points_to("worker.id", index=False)
    given: list[str] = texts(PLAIN, default=False)
    taken: list[str] = texts(PLAIN, default=False)
    reason: str = sensitive()
    changed_by: Identity = points_to("worker.id", index=False)
    changed_at: Moment = moment()
