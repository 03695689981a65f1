"""Calling people together: kinds of conference with their history, series, meetings with a list, and calendars"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010_calling'
down_revision = '0009_clash_rules'


def upgrade() -> None:
    op.create_table('conference_kind',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('first_after', sa.String(), nullable=False),
    sa.Column('first_count', sa.Integer(), nullable=False),
    sa.Column('first_unit', sa.String(), nullable=False),
    sa.Column('again_count', sa.Integer(), nullable=False),
    sa.Column('again_unit', sa.String(), nullable=False),
    sa.Column('again_red', sa.Integer(), nullable=False),
    sa.Column('core', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('quorum_sectors', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('quorum_agencies', sa.Integer(), nullable=False),
    sa.Column('chair_apart', sa.Boolean(), nullable=False),
    sa.Column('report_days', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('must_record', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('because', sa.String(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("again_unit IN ('hours', 'hub hours', 'working days', 'days', 'weeks', 'months')", name='conference_kind_again_unit'),
    sa.CheckConstraint("first_unit IN ('hours', 'hub hours', 'working days', 'days', 'weeks', 'months')", name='conference_kind_first_unit'),
    sa.CheckConstraint('minutes BETWEEN 10 AND 480', name='conference_kind_minutes'),
    sa.ForeignKeyConstraint(['set_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('conference_kind_now', 'conference_kind', ['code'], unique=True, postgresql_where=sa.text('replaced_at IS NULL'))
    op.create_index('conference_kind_version', 'conference_kind', ['code', 'version'], unique=True)
    op.create_table('worker_calendar',
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('token_version', sa.Integer(), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('busy', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('etag', sa.String(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failure', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('worker_id')
    )
    op.create_index('worker_calendar_to_read', 'worker_calendar', ['read_at'], unique=False, postgresql_where=sa.text('address IS NOT NULL'))
    op.create_table('conference_not_needed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('said_by', sa.Uuid(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind ~ '^[A-Za-z][A-Za-z0-9-]{1,39}$'", name='conference_not_needed_kind'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['said_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('conference_not_needed_of_case', 'conference_not_needed', ['case_id', 'kind'], unique=False)
    op.create_table('meeting_series',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('repeat', sa.String(), nullable=False),
    sa.Column('every', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('called_by', sa.Uuid(), nullable=True),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("repeat IN ('daily', 'weekly', 'monthly')", name='meeting_series_repeat'),
    sa.CheckConstraint('every BETWEEN 1 AND 26', name='meeting_series_every'),
    sa.ForeignKeyConstraint(['called_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_meeting_series_case_id'), 'meeting_series', ['case_id'], unique=False)
    op.create_table('sitting',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('video_link', sa.String(), nullable=False),
    sa.Column('chair_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=True),
    sa.Column('slot_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('called_by', sa.Uuid(), nullable=True),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_because', sa.String(), nullable=False),
    sa.CheckConstraint("kind ~ '^[A-Za-z][A-Za-z0-9-]{1,39}$'", name='sitting_kind'),
    sa.CheckConstraint("state IN ('scheduled', 'cancelled')", name='sitting_state'),
    sa.CheckConstraint('ends_at > starts_at', name='sitting_order'),
    sa.ForeignKeyConstraint(['called_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['chair_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['series_id'], ['meeting_series.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_sitting_chair_id'), 'sitting', ['chair_id'], unique=False)
    op.create_index(op.f('ix_sitting_series_id'), 'sitting', ['series_id'], unique=False)
    op.create_index('sitting_by_time', 'sitting', ['starts_at'], unique=False)
    op.create_table('declared_interest',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('conference_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('nature', sa.String(), nullable=False),
    sa.Column('declared_by', sa.Uuid(), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.Uuid(), nullable=True),
    sa.Column('lifted_because', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], ),
    sa.ForeignKeyConstraint(['declared_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['lifted_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('declared_interest_live', 'declared_interest', ['conference_id', 'worker_id'], unique=True, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_index(op.f('ix_declared_interest_worker_id'), 'declared_interest', ['worker_id'], unique=False)
    op.create_table('sitting_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('conference_id', sa.Uuid(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('by_hand', sa.Integer(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], ),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sitting_id', 'conference_id', name='sitting_item_once')
    )
    op.create_index(op.f('ix_sitting_item_conference_id'), 'sitting_item', ['conference_id'], unique=False)
    op.create_table('sitting_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('deputy_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("answer IN ('awaited', 'accepted', 'tentative', 'declined', 'deputy')", name='sitting_member_answer'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['deputy_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sitting_id', 'worker_id', name='sitting_member_once')
    )
    op.create_index('sitting_member_of_worker', 'sitting_member', ['worker_id'], unique=False)
    for table, column in (('conference', 'chair_because'), ('invitee', 'reason'), ('notice', 'answer')):
        op.add_column(table, sa.Column(column, sa.String(), server_default='', nullable=False))
        op.alter_column(table, column, server_default=None)
    op.add_column('conference', sa.Column('series_id', sa.Uuid(), nullable=True))
    op.add_column('conference', sa.Column('slot_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_conference_series_id'), 'conference', ['series_id'], unique=False)
    op.create_foreign_key(None, 'conference', 'meeting_series', ['series_id'], ['id'])
    op.add_column('invitee', sa.Column('deputy_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(None, 'invitee', 'worker', ['deputy_id'], ['id'])
    op.drop_constraint('conference_kind', 'conference')
    op.create_check_constraint('conference_kind', 'conference', "kind ~ '^[A-Za-z][A-Za-z0-9-]{1,39}$'")
    op.drop_constraint('invitee_answer', 'invitee')
    op.create_check_constraint(
        'invitee_answer', 'invitee', "answer IN ('awaited', 'accepted', 'tentative', 'declined', 'deputy')"
    )
    seen = 'EXISTS (SELECT FROM case_record c WHERE c.id = {table}.case_id)'
    wall('conference_not_needed', seen.format(table='conference_not_needed'))
    # A series without a case is one of meetings with a list, and tells of nobody.
    wall('meeting_series', 'meeting_series.case_id IS NULL OR ' + seen.format(table='meeting_series'))


def wall(table: str, using: str) -> None:
    """Puts a table behind the wall: read and changed by those to whom its case opens, written anywhere."""
    using = f'(SELECT acts_as_the_hub()) OR {using}'
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO hub_app USING ({using})")
    op.execute(f"CREATE POLICY changes ON {table} FOR UPDATE TO hub_app USING ({using}) WITH CHECK (true)")
    op.execute(f"CREATE POLICY writes ON {table} FOR INSERT TO hub_app WITH CHECK (true)")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
