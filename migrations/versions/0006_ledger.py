"""The sealed ledger, for ever: each event's leaf, its place in a tree, signed checkpoints; and handing over with deputies"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006_ledger'
down_revision = '0005_requests'


def upgrade() -> None:
    # Rows that are there already take this migration's own transaction, and are sealed by the first tick.
    op.add_column('event', sa.Column('leaf', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('event', sa.Column('transaction_id', sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text::bigint)"), nullable=False))
    op.create_index('event_transaction', 'event', ['transaction_id'], unique=False)
    op.create_index('event_found_people', 'event', [sa.text("(facts -> 'ids')")], unique=False, postgresql_using='gin', postgresql_where=sa.text("kind IN ('search:made', 'family:viewed')"))
    op.execute("ALTER TABLE worker DROP CONSTRAINT worker_roles")
    op.create_check_constraint('worker_roles', 'worker', "roles <@ ARRAY['frontline','leader','coordinator','administrator','guardian'] AND cardinality(roles) > 0")
    op.create_table('ledger_leaf',
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.BigInteger(), nullable=False),
    sa.Column('leaf', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('sequence'),
    sa.UniqueConstraint('event_id')
    )
    op.create_table('ledger_head',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('frontier', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('sealed_before', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('id = 1', name='ledger_head_is_one'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('ledger_checkpoint',
    sa.Column('size', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('size')
    )
    op.create_table('handover',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('from_id', sa.Uuid(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('overlap_until', sa.Date(), nullable=False),
    sa.Column('started_by', sa.Uuid(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("reason IN ('leaving', 'moving', 'sharing', 'gone')", name='handover_reason'),
    sa.CheckConstraint('from_id <> to_id', name='handover_to_another'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['from_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['started_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['to_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('handover_from', 'handover', ['from_id', 'started_at'], unique=False)
    op.create_index('handover_to', 'handover', ['to_id', 'started_at'], unique=False)
    op.create_index(op.f('ix_handover_agency_id'), 'handover', ['agency_id'], unique=False)
    op.create_table('handover_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('because', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name='handover_item_ended'),
    sa.CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name='handover_item_state'),
    sa.CheckConstraint("subject_type IN ('case', 'outcome', 'action', 'request', 'seat', 'conference')", name='handover_item_subject'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['handover_id'], ['handover.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('handover_item_changed', 'handover_item', ['case_id', 'ended_at'], unique=False, postgresql_where=sa.text("state = 'accepted'"))
    op.create_index('handover_item_of', 'handover_item', ['handover_id'], unique=False)
    op.create_index('handover_item_once', 'handover_item', ['subject_type', 'subject_id'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('handover_note',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('relationships', sa.String(), nullable=False),
    sa.Column('manner', sa.String(), nullable=False),
    sa.Column('tried', sa.String(), nullable=False),
    sa.Column('written_by', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['handover_id'], ['handover.id'], ),
    sa.ForeignKeyConstraint(['written_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('handover_id', 'case_id', name='handover_note_once')
    )
    op.create_index(op.f('ix_handover_note_case_id'), 'handover_note', ['case_id'], unique=False)
    op.create_table('deputy',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('deputy_id', sa.Uuid(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('named_by', sa.Uuid(), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_on >= starts_on', name='deputy_order'),
    sa.CheckConstraint('worker_id <> deputy_id', name='deputy_another'),
    sa.ForeignKeyConstraint(['deputy_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['named_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('deputy_of', 'deputy', ['worker_id', 'ends_on'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index(op.f('ix_deputy_deputy_id'), 'deputy', ['deputy_id'], unique=False)
    op.execute("INSERT INTO ledger_head (id, size, sealed_before) VALUES (1, 0, 0)")
    for table in ("ledger_leaf", "ledger_checkpoint"):
        op.execute(
            f"CREATE TRIGGER {table}_is_forever BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("REVOKE UPDATE ON ledger_leaf, ledger_checkpoint FROM hub_app")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
