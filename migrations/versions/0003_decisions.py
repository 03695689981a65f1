"""Decisions keep their options with reasons, their dissent for ever, and whatever was decided between meetings.

The options that were kept as a list of texts become rows of their own; the one that reads like the decision is the
chosen one. Positions, options and answers can no longer be rewritten by anybody, whatever the service would do.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003_decisions'
down_revision = '0002_problems'


def upgrade() -> None:
    _options()
    _answers()
    _between_meetings()
    op.create_index(op.f("ix_position_decision_id"), "position", ["decision_id"], unique=False)
    op.create_index(
        "position_dissent",
        "position",
        ["stated_at"],
        unique=False,
        postgresql_where=sa.text("stance = 'dissent' AND superseded_at IS NULL"),
    )
    _for_ever()


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


def _options() -> None:
    op.create_table(
        "decision_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason_for", sa.String(), nullable=False),
        sa.Column("reason_against", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["agency.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id", "place", name="decision_option_place"),
    )
    op.create_index(
        "decision_option_chosen", "decision_option", ["decision_id"], unique=True, postgresql_where=sa.text("chosen")
    )
    op.add_column("decision", sa.Column("why_only_one", sa.String(), nullable=False, server_default=""))
    op.alter_column("decision", "why_only_one", server_default=None)
    op.execute(
        """
        INSERT INTO decision_option (id, decision_id, place, text, reason_for, reason_against, chosen)
        SELECT gen_random_uuid(), decision_id, place, words, '', '',
            reads_like AND row_number() OVER (PARTITION BY decision_id, reads_like ORDER BY place) = 1
        FROM (
            SELECT decision.id AS decision_id, option.place, option.words,
                lower(btrim(option.words, ' .')) = lower(btrim(decision.chosen, ' .')) AS reads_like
            FROM decision, unnest(decision.options) WITH ORDINALITY AS option(words, place)
        ) AS carried
        """
    )
    op.drop_column("decision", "options")


def _answers() -> None:
    op.create_table(
        "dissent_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"]),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("position_id", name="dissent_answer_once"),
    )


def _between_meetings() -> None:
    op.create_table(
        "between_meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("why_now", sa.String(), nullable=False),
        sa.Column("absent", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.String(), nullable=True),
        sa.Column("settled_words", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_in", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "matter IN ('rating', 'stage', 'closing', 'accountable', 'other')", name="between_meetings_matter"
        ),
        sa.CheckConstraint(
            "why_now IN ('routine', 'delegated', 'emergency', 'other')", name="between_meetings_why_now"
        ),
        sa.CheckConstraint("settled IN ('ratified', 'amended', 'reversed')", name="between_meetings_settled"),
        sa.CheckConstraint(
            "num_nonnulls(settled, settled_at, settled_by, settled_in) IN (0, 4)",
            name="between_meetings_settled_by_a_conference",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(["settled_by"], ["worker.id"]),
        sa.ForeignKeyConstraint(["settled_in"], ["conference.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id", name="between_meetings_once"),
    )
    op.create_index("between_meetings_by_time", "between_meetings", ["decided_at"], unique=False)
    op.create_index(op.f("ix_between_meetings_case_id"), "between_meetings", ["case_id"], unique=False)
    op.create_index(op.f("ix_between_meetings_settled_in"), "between_meetings", ["settled_in"], unique=False)


def _for_ever() -> None:
    """What an agency said stays as it said it: only the moment at which a new position took its place may be added."""
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'position' THEN
                IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
                    AND to_jsonb(NEW) - 'superseded_at' = to_jsonb(OLD) - 'superseded_at'
                THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'what was said stays for ever: % of % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in ("position", "decision_option", "dissent_answer"):
        op.execute(
            f"CREATE TRIGGER {table}_is_forever BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
    op.execute("REVOKE UPDATE ON decision_option, dissent_answer FROM hub_app")
