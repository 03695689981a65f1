"""Sharing: agreements, restrictions, what is opened by name, the disclosure ledger, and the second wall"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007_sharing'
down_revision = '0006_ledger'


def upgrade() -> None:
    op.create_table('agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('tier', sa.Integer(), nullable=False),
    sa.Column('umbrella_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('schemes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('purposes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('powers', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('bases', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('items', sa.String(), nullable=False),
    sa.Column('handling', sa.String(), nullable=False),
    sa.Column('keeps_sides_apart', sa.Boolean(), nullable=False),
    sa.Column('retention_years', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('drafted_by', sa.Uuid(), nullable=True),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(tier = 2) = (umbrella_id IS NOT NULL)', name='agreement_umbrella'),
    sa.CheckConstraint('ends_on IS NULL OR ends_on > starts_on', name='agreement_order'),
    sa.CheckConstraint('tier IN (1, 2)', name='agreement_tier'),
    sa.ForeignKeyConstraint(['drafted_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['umbrella_id'], ['agreement.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_agreement_umbrella_id'), 'agreement', ['umbrella_id'], unique=False)
    op.create_table('agreement_partner',
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('signed_by', sa.Uuid(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], ),
    sa.ForeignKeyConstraint(['signed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('agreement_id', 'agency_id')
    )
    op.create_index('agreement_partner_agency', 'agreement_partner', ['agency_id', 'agreement_id'], unique=False)
    op.create_table('case_agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('case_agreement_now', 'case_agreement', ['case_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('case_agreement_of', 'case_agreement', ['agreement_id'], unique=False)
    op.create_table('case_grant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('reason_code', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('given_by', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_by', sa.Uuid(), nullable=True),
    sa.Column('justified', sa.Boolean(), nullable=True),
    sa.Column('review', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('emergency', 'scrutiny', 'guest')", name='case_grant_kind'),
    sa.CheckConstraint('ends_at > starts_at', name='case_grant_order'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['given_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['reviewed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('case_grant_live', 'case_grant', ['case_id', 'worker_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('case_grant_of_worker', 'case_grant', ['worker_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('case_grant_to_review', 'case_grant', ['review_due_at'], unique=False, postgresql_where=sa.text('reviewed_at IS NULL'))
    op.create_table('case_restriction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('mode', sa.String(), nullable=False),
    sa.Column('reason_code', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("mode IN ('hidden', 'restricted', 'sealed', 'kept-out')", name='case_restriction_mode'),
    sa.CheckConstraint('num_nonnulls(case_id, person_id) = 1', name='case_restriction_of_one'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['set_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('case_restriction_of_case', 'case_restriction', ['case_id'], unique=False, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_index('case_restriction_of_person', 'case_restriction', ['person_id'], unique=False, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('disclosure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('trigger', sa.String(), nullable=False),
    sa.Column('from_agency_id', sa.Uuid(), nullable=False),
    sa.Column('by_worker_id', sa.Uuid(), nullable=True),
    sa.Column('to_agency_id', sa.Uuid(), nullable=True),
    sa.Column('to_worker_id', sa.Uuid(), nullable=True),
    sa.Column('agreement_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('power', sa.String(), nullable=False),
    sa.Column('bases', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('regime', sa.String(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('emergency', sa.Boolean(), nullable=False),
    sa.Column('basis_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('basis_completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by', sa.Uuid(), nullable=True),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("trigger IN ('contribution', 'admission', 'guest', 'emergency-opening')", name='disclosure_trigger'),
    sa.CheckConstraint('num_nonnulls(to_agency_id, to_worker_id) = 1', name='disclosure_to_one'),
    sa.ForeignKeyConstraint(['acknowledged_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], ),
    sa.ForeignKeyConstraint(['by_worker_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['from_agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['to_agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['to_worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('disclosure_basis_due', 'disclosure', ['from_agency_id', 'basis_due_at'], unique=False, postgresql_where=sa.text('basis_due_at IS NOT NULL AND basis_completed_at IS NULL'))
    op.create_index('disclosure_of_case', 'disclosure', ['case_id', 'given_at'], unique=False)
    op.create_index('disclosure_of_subject', 'disclosure', ['subject_id'], unique=False)
    op.create_index('disclosure_to_acknowledge', 'disclosure', ['to_agency_id', 'case_id'], unique=False, postgresql_where=sa.text('acknowledged_at IS NULL'))
    op.create_table('restriction_worker',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('restriction_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['restriction_id'], ['case_restriction.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_restriction_worker_worker_id'), 'restriction_worker', ['worker_id'], unique=False)
    op.create_index('restriction_worker_once', 'restriction_worker', ['restriction_id', 'worker_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.add_column('circle_seat', sa.Column('side', sa.String(), nullable=True))
    op.add_column('contribution', sa.Column('purpose', sa.String(), server_default='', nullable=False))
    op.add_column('contribution', sa.Column('power', sa.String(), server_default='', nullable=False))
    op.add_column('contribution', sa.Column('bases', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('contribution', sa.Column('regime', sa.String(), server_default='uk-gdpr', nullable=False))
    op.add_column('contribution', sa.Column('agreement_id', sa.Uuid(), nullable=True))
    op.add_column('contribution', sa.Column('emergency', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('contribution', sa.Column('consent', sa.String(), server_default=sa.text("'not-the-basis'"), nullable=False))
    op.add_column('contribution', sa.Column('side', sa.String(), nullable=True))
    op.create_foreign_key(None, 'contribution', 'agreement', ['agreement_id'], ['id'])
    op.drop_column('contribution', 'basis')
    for column in ('purpose', 'power', 'regime'):
        op.alter_column('contribution', column, server_default=None)
    _checks()
    _second_wall()


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


def _checks() -> None:
    for table, name, rule in (
        ('contribution', 'contribution_consent', "consent IN ('not-the-basis', 'given', 'withdrawn')"),
        ('contribution', 'contribution_side', "side IN ('victim', 'perpetrator')"),
        ('contribution', 'contribution_regime', "regime IN ('uk-gdpr', 'part-3')"),
        ('circle_seat', 'circle_seat_side', "side IN ('victim', 'perpetrator')"),
    ):
        op.create_check_constraint(name, table, rule)
    op.drop_constraint('worker_roles', 'worker')
    op.create_check_constraint(
        'worker_roles',
        'worker',
        "roles <@ ARRAY['frontline','leader','coordinator','administrator','guardian','scrutineer','researcher',"
        "'guest'] AND cardinality(roles) > 0",
    )


WALLED = (
    ('case_record', 'id'),
    *(
        (table, 'case_id')
        for table in (
            'action', 'between_meetings', 'comment', 'conference', 'contradiction', 'decision', 'disclosure',
            'escalation', 'event_pair', 'framing', 'framing_round', 'intervention', 'outcome', 'problem_statement',
            'problem_tag', 'restatement', 'risk_position', 'spoken_share', 'told_of', 'voice', 'wall_line',
        )
    ),
)

OPENS = """
    (SELECT acts_as_the_hub())
    OR (
        (
            EXISTS (SELECT FROM circle_seat s WHERE s.case_id = {case} AND s.agency_id = (SELECT my_agency()) AND s.left_at IS NULL)
            OR EXISTS (
                SELECT FROM case_grant g WHERE g.case_id = {case} AND g.worker_id = (SELECT me()) AND g.ended_at IS NULL
                AND g.starts_at <= statement_timestamp() AND g.ends_at > statement_timestamp()
            )
        )
        AND NOT EXISTS (
            SELECT FROM case_restriction r
            WHERE r.lifted_at IS NULL
            AND (
                r.case_id = {case}
                OR r.person_id IN (SELECT i.person_id FROM involvement i WHERE i.case_id = {case})
            )
            AND (r.mode = 'kept-out') = EXISTS (
                SELECT FROM restriction_worker w
                WHERE w.restriction_id = r.id AND w.worker_id = (SELECT me()) AND w.ended_at IS NULL
            )
        )
    )
"""

SEATED = (
    "EXISTS (SELECT FROM circle_seat s WHERE s.case_id = contribution.case_id AND s.agency_id = (SELECT my_agency()) "
    "AND s.left_at IS NULL)"
)

FOR_ME = f"""
    (SELECT acts_as_the_hub())
    OR (
        {SEATED}
        AND (
            agency_id = (SELECT my_agency())
            OR (
                consent <> 'withdrawn'
                AND (
                    (
                        audience = 'circle'
                        AND NOT EXISTS (
                            SELECT FROM circle_seat s WHERE s.case_id = contribution.case_id
                            AND s.agency_id = (SELECT my_agency()) AND s.left_at IS NULL AND s.side <> contribution.side
                        )
                    )
                    OR (audience = 'named' AND for_agencies @> ARRAY[(SELECT my_agency())])
                )
                AND (
                    emergency
                    OR EXISTS (
                        SELECT FROM case_agreement c
                        JOIN agreement a ON a.id = c.agreement_id
                        JOIN agreement_partner p ON p.agreement_id = a.id
                        WHERE c.case_id = contribution.case_id AND c.ended_at IS NULL
                        AND a.starts_on <= (statement_timestamp() AT TIME ZONE 'Europe/London')::date
                        AND (a.ends_on IS NULL OR a.ends_on > (statement_timestamp() AT TIME ZONE 'Europe/London')::date)
                        AND p.agency_id = (SELECT my_agency()) AND p.signed_at IS NOT NULL AND p.left_at IS NULL
                    )
                )
            )
        )
    )
    OR (NOT {SEATED} AND (author_id = (SELECT me()) OR (audience = 'circle' AND consent <> 'withdrawn')))
"""


def _second_wall() -> None:
    """Row-level security behind the rule in Python: a query that forgets the rule finds nothing.

    A policy calls nothing for each row but lookups in an index, and its functions are asked once for each statement.
    Rows are written under the first wall alone: a case is opened before its circle stands.
    """
    op.execute(
        "CREATE FUNCTION acts_as_the_hub() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS "
        "$$ SELECT coalesce(current_setting('app.acting', true), '') = 'hub' $$"
    )
    for name, setting in (('me', 'app.acting'), ('my_agency', 'app.agency')):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT CASE "
            f"WHEN length(current_setting('{setting}', true)) = 36 THEN current_setting('{setting}', true)::uuid END $$"
        )
    # An agency that is asked from outside the circle learns of the case whether it is open, and nothing else.
    op.execute(
        "CREATE FUNCTION case_is_open(uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = hub AS "
        "$$ SELECT closed_at IS NULL FROM case_record WHERE id = $1 $$"
    )
    for table, case in WALLED:
        wall(table, OPENS.format(case=f'{table}.{case}'))
    wall('contribution', f"({OPENS.format(case='contribution.case_id')}) AND ({FOR_ME})")


def wall(table: str, using: str) -> None:
    """Puts a table behind the wall: read and changed where `using` holds, written anywhere."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO hub_app USING ({using})")
    op.execute(f"CREATE POLICY changes ON {table} FOR UPDATE TO hub_app USING ({using}) WITH CHECK (true)")
    op.execute(f"CREATE POLICY writes ON {table} FOR INSERT TO hub_app WITH CHECK (true)")
