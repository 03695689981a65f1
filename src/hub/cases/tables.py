"""What we hold of a case. Who is around it stands in `sharing`, who is in it in `people`."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from hub.cases.rules import Rating, Scheme, Stage, is_single_view
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive


class Case(SQLModel, table=True):
    """The work of several agencies with one family, or with one person."""

    __tablename__ = "case_record"
    __table_args__ = (
        CheckConstraint(one_of("stage", Stage), name="case_stage"),
        CheckConstraint(one_of("scheme", Scheme), name="case_scheme"),
        CheckConstraint(one_of("rating", Rating), name="case_rating"),
        CheckConstraint(
            "num_nonnulls(family_id, person_id) = 1 OR disposed_at IS NOT NULL", name="case_of_family_or_person"
        ),
        CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name="case_closed_at"),
        Index("case_open_due", "due_at", postgresql_where=text("closed_at IS NULL")),
        Index("case_closed", "closed_at", postgresql_where=text("closed_at IS NOT NULL AND disposed_at IS NULL")),
        Index("case_of_family", "family_id"),
        Index("case_of_person", "person_id"),
    )

    id: Identity = identity()
    reference: str = plain(unique=True)
    family_id: Identity | None = points_to("family.id", null=True, index=False)
    person_id: Identity | None = points_to("person.id", null=True, index=False)
    scheme: str = plain()
    stage: str = plain(default=Stage.new.value)
    stage_since: Moment = moment()
    rating: str | None = sensitive(default=None)
    rating_reason: str = sensitive(default="")
    rated_at: Moment | None = moment(null=True)
    problem: str = sensitive(default="")
    """The problem in one line, as it stands now; its history is in `problem_statement`."""
    problem_agencies: int = 0
    """Of how many agencies the problem, as it stands, cites contributions."""
    due_code: str = plain(default="")
    due_at: Moment | None = moment(null=True)
    opened_at: Moment = moment()
    closed_at: Moment | None = moment(null=True)
    closing_reason: str = sensitive(default="")
    disposed_at: Moment | None = moment(null=True)
    """When its words and people were disposed of; what is left says only that there was a case."""

    @property
    def subject_id(self) -> Identity:
        """The family or the person that the case is about."""
        subject = self.family_id or self.person_id
        if subject is None:  # the CHECK says that there is one
            raise ValueError("a case is about somebody")
        return subject

    @property
    def is_single_view(self) -> bool:
        """Whether the problem as it stands rests on the word of fewer than two agencies."""
        return is_single_view(self.problem_agencies)


class ProblemStatement(SQLModel, table=True):
    """The problem as it was stated at a time. The newest stands; the others stay to be read."""

    __tablename__ = "problem_statement"

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id")
    statement: str = sensitive()
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    stated_at: Moment = moment()


class ProblemCitation(SQLModel, table=True):
    """A contribution on which a statement of the problem rests, in the version that was cited."""

    __tablename__ = "problem_citation"
    __table_args__ = (Index("problem_citation_of_contribution", "contribution_id"),)

    statement_id: Identity = Field(primary_key=True, foreign_key="problem_statement.id")
    contribution_id: Identity = Field(primary_key=True, foreign_key="contribution.id")


class Accountability(SQLModel, table=True):
    """The one person who answers for something: never a team, never two (Laming 2003).

    `subject_type` is case, outcome, action or request. The unique index is what makes it one.
    """

    __tablename__ = "accountability"
    __table_args__ = (
        CheckConstraint("subject_type IN ('case','outcome','action','request')", name="accountability_subject"),
        Index(
            "accountability_one_person",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("accountability_of_worker", "worker_id", postgresql_where=text("ended_at IS NULL")),
        Index("accountability_of_case", "case_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Identity = identity()
    subject_type: str = plain()
    subject_id: Identity
    case_id: Identity = points_to("case_record.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    given_by: Identity | None = points_to("worker.id", null=True, index=False)
    given_at: Moment = moment()
    accepted_at: Moment | None = moment(null=True)
    ended_at: Moment | None = moment(null=True)


class LastLook(SQLModel, table=True):
    """When a worker last opened a case: what came later is new to them."""

    __tablename__ = "last_look"

    worker_id: Identity = Field(primary_key=True, foreign_key="worker.id")
    case_id: Identity = Field(primary_key=True, foreign_key="case_record.id")
    looked_at: Moment = moment()
