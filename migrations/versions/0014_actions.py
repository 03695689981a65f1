"""Actions: their purpose, what is written about them, more time; work handed over for a time and given back"""

import sqlalchemy as sa
from alembic import op

revision = '0014_actions'
down_revision = '0013_room'


def upgrade() -> None:
    op.create_table('action_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('action_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('result', sa.String(), nullable=True),
    sa.Column('contribution_id', sa.Uuid(), nullable=True),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('progress', 'declined', 'passed-on', 'done', 'overtaken', 'not-undertaken', 'reopened')", name='action_entry_kind'),
    sa.CheckConstraint("result IN ('worked', 'partly', 'no', 'not-done', 'unknown')", name='action_entry_result'),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], ),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['contribution_id'], ['contribution.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('action_entry_of', 'action_entry', ['action_id', 'written_at'], unique=False)
    op.create_table('action_extension',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('action_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('was_due_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_of', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name='action_extension_answered'),
    sa.CheckConstraint("state IN ('asked', 'granted', 'refused', 'lapsed')", name='action_extension_state'),
    sa.CheckConstraint('due_on > was_due_on', name='action_extension_later'),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], ),
    sa.ForeignKeyConstraint(['answered_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['asked_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['asked_of'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('action_extension_of', 'action_extension', ['action_id', 'asked_at'], unique=False)
    op.create_index('action_extension_once', 'action_extension', ['action_id'], unique=True, postgresql_where=sa.text("state = 'asked'"))
    op.create_index('action_extension_waiting', 'action_extension', ['asked_of'], unique=False, postgresql_where=sa.text("state = 'asked'"))
    op.add_column('action', sa.Column('no_outcome_because', sa.String(), server_default='', nullable=False))
    op.add_column('action', sa.Column('risk', sa.String(), server_default='', nullable=False))
    op.add_column('action', sa.Column('similar_to', sa.Uuid(), nullable=True))
    op.add_column('action', sa.Column('last_result', sa.String(), nullable=True))
    op.add_column('action', sa.Column('result', sa.String(), nullable=True))
    op.create_index('action_of_agency', 'action', ['agency_id', 'due_on'], unique=False)
    op.create_index('action_of_case', 'action', ['case_id', 'agency_id'], unique=False)
    op.create_foreign_key(None, 'action', 'action', ['similar_to'], ['id'])
    op.add_column('handover', sa.Column('returns_on', sa.Date(), nullable=True))
    op.add_column('handover', sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('handover_to_return', 'handover', ['returns_on'], unique=False, postgresql_where=sa.text('returns_on IS NOT NULL AND returned_at IS NULL'))
    _checks()
    _second_wall()


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


RESULTS = "('worked', 'partly', 'no', 'not-done', 'unknown')"


def _checks() -> None:
    for column in ('no_outcome_because', 'risk'):
        op.alter_column('action', column, server_default=None)
    for name, rule in (
        ('action_result', f'result IN {RESULTS}'),
        ('action_result_at_end', "state <> 'open' OR result IS NULL"),
        ('action_last_result', f'last_result IN {RESULTS}'),
        ('action_one_purpose', "outcome_id IS NULL OR no_outcome_because = ''"),
    ):
        op.create_check_constraint(name, 'action', rule)
    op.drop_constraint('handover_reason', 'handover')
    op.create_check_constraint('handover_reason', 'handover', "reason IN ('leaving', 'moving', 'sharing', 'gone', 'away')")
    op.create_check_constraint('handover_returns', 'handover', "(reason = 'away') = (returns_on IS NOT NULL)")
    op.drop_constraint('handover_item_state', 'handover_item')
    op.create_check_constraint(
        'handover_item_state',
        'handover_item',
        "state IN ('waiting', 'accepted', 'declined', 'withdrawn', 'returned')",
    )


def _second_wall() -> None:
    """Read where the case is. An entry has no policy for changes, so nobody changes one: it is only ever added to."""
    for table in ('action_entry', 'action_extension'):
        using = (
            f"(SELECT acts_as_the_hub()) OR EXISTS (SELECT FROM case_record c WHERE c.id = {table}.case_id)"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO hub_app USING ({using})")
        op.execute(f"CREATE POLICY writes ON {table} FOR INSERT TO hub_app WITH CHECK (true)")
        if table == 'action_extension':
            op.execute(f"CREATE POLICY changes ON {table} FOR UPDATE TO hub_app USING ({using}) WITH CHECK (true)")
    op.execute("REVOKE UPDATE ON action_entry FROM hub_app")
