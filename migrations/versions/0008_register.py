"""The register of interventions: series, conditions, what agencies push, files looked at before they are written"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008_register'
down_revision = '0007_sharing'


def upgrade() -> None:
    op.create_table('intervention_import',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content', sa.String(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['made_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('intervention_import_of_agency', 'intervention_import', ['agency_id', 'made_at'], unique=False)
    op.create_index(op.f('ix_intervention_import_made_by'), 'intervention_import', ['made_by'], unique=False)
    op.create_table('intervention_apart',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('intervention_id', sa.Uuid(), nullable=False),
    sa.Column('one_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('one_id < other_id', name='intervention_apart_order'),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.ForeignKeyConstraint(['one_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['other_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('intervention_apart_standing', 'intervention_apart', ['intervention_id', 'one_id', 'other_id'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_index(op.f('ix_intervention_apart_one_id'), 'intervention_apart', ['one_id'], unique=False)
    op.create_index(op.f('ix_intervention_apart_other_id'), 'intervention_apart', ['other_id'], unique=False)
    op.create_table('intervention_place',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('intervention_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('uprn', sa.String(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('address', 'area', 'online')", name='intervention_place_one_kind'),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('intervention_place_standing', 'intervention_place', ['intervention_id'], unique=False, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('intervention_time',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('intervention_id', sa.Uuid(), nullable=False),
    sa.Column('of_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('place', sa.String(), nullable=True),
    sa.Column('worker_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('planned', 'live', 'done', 'cancelled', 'missed')", name='intervention_time_status'),
    sa.CheckConstraint('(starts_at IS NULL) = (ends_at IS NULL)', name='intervention_time_moved'),
    sa.CheckConstraint('ends_at >= starts_at', name='intervention_time_order'),
    sa.ForeignKeyConstraint(['changed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('intervention_time_once', 'intervention_time', ['intervention_id', 'of_at'], unique=True)
    op.create_index(op.f('ix_intervention_time_worker_id'), 'intervention_time', ['worker_id'], unique=False)
    op.create_table('unplaced_intervention',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('system_id', sa.Uuid(), nullable=False),
    sa.Column('their_reference', sa.String(), nullable=False),
    sa.Column('their_sequence', sa.Integer(), nullable=True),
    sa.Column('sent', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled', sa.String(), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('intervention_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("reason IN ('nobody', 'several-people', 'no-case', 'several-cases', 'not-readable')", name='unplaced_intervention_reason'),
    sa.CheckConstraint("settled IN ('placed', 'set-aside')", name='unplaced_intervention_settled'),
    sa.CheckConstraint('(settled IS NULL) = (settled_at IS NULL)', name='unplaced_intervention_when'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.ForeignKeyConstraint(['settled_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['system_id'], ['sending_system.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_unplaced_intervention_intervention_id'), 'unplaced_intervention', ['intervention_id'], unique=False)
    op.create_index('unplaced_intervention_once', 'unplaced_intervention', ['system_id', 'their_reference'], unique=True)
    op.create_index('unplaced_intervention_open', 'unplaced_intervention', ['agency_id', 'received_at'], unique=False, postgresql_where=sa.text('settled_at IS NULL'))
    op.add_column('intervention', sa.Column('team', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('contact', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('repeats', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('minutes', sa.Integer(), nullable=True))
    op.add_column('intervention', sa.Column('left_out', postgresql.ARRAY(sa.DateTime(timezone=True)), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('intervention', sa.Column('series_id', sa.Uuid(), nullable=True))
    op.add_column('intervention', sa.Column('place_kind', sa.String(), server_default=sa.text("'address'"), nullable=False))
    op.add_column('intervention', sa.Column('place_uprn', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('hours_from', sa.Time(), nullable=True))
    op.add_column('intervention', sa.Column('hours_to', sa.Time(), nullable=True))
    op.add_column('intervention', sa.Column('for_household', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('intervention', sa.Column('level', sa.String(), nullable=True))
    op.add_column('intervention', sa.Column('target', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('polarity', sa.String(), nullable=True))
    op.add_column('intervention', sa.Column('programme', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('transfer', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('intervention', sa.Column('out_of_area', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('intervention', sa.Column('depends_on_id', sa.Uuid(), nullable=True))
    op.add_column('intervention', sa.Column('covert', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('intervention', sa.Column('confidential_address', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('intervention', sa.Column('problem_tag_id', sa.Uuid(), nullable=True))
    op.add_column('intervention', sa.Column('source', sa.String(), server_default=sa.text("'typed'"), nullable=False))
    op.add_column('intervention', sa.Column('system_id', sa.Uuid(), nullable=True))
    op.add_column('intervention', sa.Column('their_reference', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('intervention', sa.Column('their_sequence', sa.Integer(), nullable=True))
    op.add_column('intervention', sa.Column('as_sent', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.create_index('intervention_imported_once', 'intervention', ['agency_id', 'their_reference'], unique=True, postgresql_where=sa.text("system_id IS NULL AND their_reference <> ''"))
    op.create_index('intervention_of_agency', 'intervention', ['agency_id', 'starts_at'], unique=False)
    op.create_index('intervention_pushed_once', 'intervention', ['system_id', 'their_reference'], unique=True, postgresql_where=sa.text('system_id IS NOT NULL'))
    op.create_index(op.f('ix_intervention_depends_on_id'), 'intervention', ['depends_on_id'], unique=False)
    op.create_index(op.f('ix_intervention_problem_tag_id'), 'intervention', ['problem_tag_id'], unique=False)
    op.create_index(op.f('ix_intervention_series_id'), 'intervention', ['series_id'], unique=False)
    op.create_foreign_key(None, 'intervention', 'intervention', ['depends_on_id'], ['id'])
    op.create_foreign_key(None, 'intervention', 'problem_tag', ['problem_tag_id'], ['id'])
    op.create_foreign_key(None, 'intervention', 'sending_system', ['system_id'], ['id'])
    op.add_column('intervention_person', sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True))
    _checks()
    _second_wall()


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


def _checks() -> None:
    for name, rule in (
        ('intervention_level', "level IN ('standard', 'medium', 'high', 'very-high')"),
        ('intervention_polarity', "polarity IN ('towards', 'away')"),
        ('intervention_place_kind', "place_kind IN ('address', 'area', 'online')"),
        ('intervention_source', "source IN ('typed', 'pushed', 'imported')"),
        ('intervention_repeats', "(repeats = '') = (minutes IS NULL)"),
        ('intervention_minutes', "minutes BETWEEN 1 AND 44640"),
        ('intervention_hours', "(hours_from IS NULL) = (hours_to IS NULL)"),
        ('intervention_hours_differ', "hours_from <> hours_to"),
        ('intervention_depends_on_another', "depends_on_id <> id"),
        ('intervention_reference', "system_id IS NULL OR their_reference <> ''"),
    ):
        op.create_check_constraint(name, 'intervention', rule)


def _second_wall() -> None:
    """What hangs on an intervention stands behind it; what is covert is there for its own agency alone."""
    op.execute(
        "CREATE POLICY keeps_covert ON intervention AS RESTRICTIVE FOR SELECT TO hub_app USING "
        "(NOT covert OR agency_id = (SELECT my_agency()) OR (SELECT acts_as_the_hub()))"
    )
    for table in ('intervention_place', 'intervention_apart', 'intervention_time'):
        _wall(table, f"EXISTS (SELECT FROM intervention i WHERE i.id = {table}.intervention_id)")
    for table in ('unplaced_intervention', 'intervention_import'):
        _wall(table, f"{table}.agency_id = (SELECT my_agency())")


def _wall(table: str, using: str) -> None:
    using = f"(SELECT acts_as_the_hub()) OR {using}"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO hub_app USING ({using})")
    op.execute(f"CREATE POLICY changes ON {table} FOR UPDATE TO hub_app USING ({using}) WITH CHECK (true)")
    op.execute(f"CREATE POLICY writes ON {table} FOR INSERT TO hub_app WITH CHECK (true)")
