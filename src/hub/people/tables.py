"""What we hold about people: each fact with the agency that gave it, because a contribution keeps its source."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import (
    PERSONAL,
    SENSITIVE,
    Identity,
    Moment,
    identity,
    moment,
    personal,
    plain,
    points_to,
    sensitive,
    texts,
)
from hub.people.identifiers import displayed


class Person(SQLModel, table=True):
    """Somebody the partnership knows. An unborn child is a person with a birth date that lies ahead."""

    __tablename__ = "person"
    __table_args__ = (
        Index("person_family_birth", "family_key", "born_from"),
        Index("person_given_birth", "given_key", "born_from"),
        Index("person_keys", "family_key", "given_key"),
        CheckConstraint("sex IN ('0','1','2','9')", name="person_sex"),
        CheckConstraint("born_from <= born_to", name="person_birth_order"),
    )

    id: Identity = identity()
    reference: str = plain(unique=True)
    given_names: list[str] = texts(PERSONAL)
    family_name: str = personal()
    given_key: str = personal()
    family_key: str = personal()
    born_from: date | None = personal(default=None)
    born_to: date | None = personal(default=None)
    sex: str = personal(default="0")
    ethnicity_scheme: str = plain(default="")
    ethnicity: str = sensitive(default="")
    languages: list[str] = texts(PERSONAL)
    interpreter: bool = False
    phone: str = personal(default="")
    contact_note: str = sensitive(default="")
    """How and when it is safe to reach them."""
    school: str = personal(default="")
    alert: str = sensitive(default="")
    """A warning for the safety of staff: it stands before anything else."""
    died_on: date | None = personal(default=None)
    entered_at: Moment = moment()
    entered_by_agency: Identity | None = points_to("agency.id", null=True, index=False)

    @property
    def name(self) -> str:
        return " ".join([*self.given_names, self.family_name])

    @property
    def first_name(self) -> str:
        return self.given_names[0] if self.given_names else self.family_name


class OtherName(SQLModel, table=True):
    """Another name that somebody has used."""

    __tablename__ = "other_name"
    __table_args__ = (Index("other_name_keys", "family_key", "given_key"),)

    id: Identity = identity()
    person_id: Identity = points_to("person.id")
    given_names: list[str] = texts(PERSONAL)
    family_name: str = personal()
    given_key: str = personal()
    family_key: str = personal()
    agency_id: Identity | None = points_to("agency.id", null=True, index=False)


class Identifier(SQLModel, table=True):
    """A number that an agency knows somebody by. `valid` says that its check holds; only then does it link."""

    __tablename__ = "identifier"
    __table_args__ = (
        UniqueConstraint("person_id", "system", "canonical", name="identifier_once"),
        Index("identifier_lookup", "system", "canonical"),
    )

    id: Identity = identity()
    person_id: Identity = points_to("person.id", index=False)
    system: str = plain()
    value: str = personal()
    canonical: str = personal()
    valid: bool
    agency_id: Identity | None = points_to("agency.id", null=True, index=False)
    valid_from: date | None = plain(default=None)
    valid_to: date | None = plain(default=None)

    @property
    def shown(self) -> str:
        """As people read it."""
        return displayed(self.system, self.canonical)


class Address(SQLModel, table=True):
    """A place where people live."""

    __tablename__ = "address"
    __table_args__ = (Index("address_postcode", "postcode"),)

    id: Identity = identity()
    lines: list[str] = texts(PERSONAL)
    postcode: str = personal(default="")
    uprn: str = personal(default="")


class Residence(SQLModel, table=True):
    """Somebody living at an address for a time. People with a live residence at one address are a household."""

    __tablename__ = "residence"
    __table_args__ = (Index("residence_household", "address_id", postgresql_where=text("until IS NULL")),)

    id: Identity = identity()
    person_id: Identity = points_to("person.id")
    address_id: Identity = points_to("address.id", index=False)
    since: date | None = personal(default=None)
    until: date | None = personal(default=None)
    confidential: bool = False
    agency_id: Identity | None = points_to("agency.id", null=True, index=False)


class Tie(SQLModel, table=True):
    """What one person is to another: `from_id` is the `kind` of `to_id` ("parent of"). Kept once, read both ways."""

    __tablename__ = "tie"
    __table_args__ = (
        UniqueConstraint("from_id", "to_id", "kind", name="tie_once"),
        CheckConstraint("from_id <> to_id", name="tie_between_two"),
    )

    id: Identity = identity()
    from_id: Identity = points_to("person.id", index=False)
    to_id: Identity = points_to("person.id")
    kind: str = personal()
    parental_responsibility: bool = False
    since: date | None = personal(default=None)
    until: date | None = personal(default=None)
    agency_id: Identity | None = points_to("agency.id", null=True, index=False)


class Family(SQLModel, table=True):
    """People whom the agencies work with together. A name of a family is a way to speak of it, not a fact about it."""

    __tablename__ = "family"

    id: Identity = identity()
    reference: str = plain(unique=True)
    name: str = personal()
    name_key: str = personal(index=True)
    formed_at: Moment = moment()


class FamilyMember(SQLModel, table=True):
    """Somebody's place in a family, for as long as it lasts."""

    __tablename__ = "family_member"
    __table_args__ = (
        Index("family_member_once", "family_id", "person_id", unique=True, postgresql_where=text("left_at IS NULL")),
    )

    id: Identity = identity()
    family_id: Identity = points_to("family.id", index=False)
    person_id: Identity = points_to("person.id")
    joined_at: Moment = moment()
    left_at: Moment | None = moment(null=True)


class Involvement(SQLModel, table=True):
    """Somebody being part of a case or named in a referral: whoever may see that, may see them."""

    __tablename__ = "involvement"
    __table_args__ = (
        CheckConstraint("num_nonnulls(case_id, referral_id) = 1", name="involvement_names_one_thing"),
        Index("involvement_case", "case_id", "person_id", unique=True),
        Index("involvement_referral", "referral_id", "person_id", unique=True),
    )

    id: Identity = identity()
    person_id: Identity = points_to("person.id")
    case_id: Identity | None = points_to("case_record.id", null=True, index=False)
    referral_id: Identity | None = points_to("referral.id", null=True, index=False)
    roles: list[str] = texts(SENSITIVE)
    since: Moment = moment()
