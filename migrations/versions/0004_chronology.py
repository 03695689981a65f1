"""The chronology: what people say of two entries, drafts that survive, who is on a case now, and an index for both"""

import sqlalchemy as sa
from alembic import op

revision = '0004_chronology'
down_revision = '0003_decisions'


def upgrade() -> None:
    op.create_table('contradiction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('one_source', sa.String(), nullable=False),
    sa.Column('one_id', sa.Uuid(), nullable=False),
    sa.Column('other_source', sa.String(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('marked_by', sa.Uuid(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settlement', sa.String(), nullable=False),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("one_source IN ('referral', 'contribution', 'intervention', 'conference', 'decision', 'measure')", name='contradiction_one_source'),
    sa.CheckConstraint("other_source IN ('referral', 'contribution', 'intervention', 'conference', 'decision', 'measure')", name='contradiction_other_source'),
    sa.CheckConstraint('(settled_at IS NULL) = (settled_by IS NULL)', name='contradiction_settled_by_somebody'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['marked_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['settled_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('contradiction_of_case', 'contradiction', ['case_id', 'marked_at'], unique=False)
    op.create_table('draft',
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('form_key', sa.String(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("form IN ('contribution', 'problem', 'rate', 'move', 'outcome')", name='draft_form'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('worker_id', 'case_id', 'form')
    )
    op.create_index(op.f('ix_draft_saved_at'), 'draft', ['saved_at'], unique=False)
    op.create_table('event_pair',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('one_source', sa.String(), nullable=False),
    sa.Column('one_id', sa.Uuid(), nullable=False),
    sa.Column('other_source', sa.String(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('same', sa.Boolean(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("one_source IN ('referral', 'contribution', 'intervention', 'conference', 'decision', 'measure')", name='event_pair_one_source'),
    sa.CheckConstraint("other_source IN ('referral', 'contribution', 'intervention', 'conference', 'decision', 'measure')", name='event_pair_other_source'),
    sa.CheckConstraint('(one_source, one_id) < (other_source, other_id)', name='event_pair_order'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['decided_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'one_source', 'one_id', 'other_source', 'other_id', name='event_pair_once')
    )
    op.create_table('presence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_presence_case_id'), 'presence', ['case_id'], unique=False)
    op.create_index(op.f('ix_presence_seen_at'), 'presence', ['seen_at'], unique=False)
    op.create_index('event_case_kind', 'event', ['case_id', 'kind', 'id'], unique=False, postgresql_where=sa.text('case_id IS NOT NULL'))
    # Drafts and presence are notes for a while; nothing else of these may be taken out again.
    op.execute("GRANT DELETE ON draft, presence TO hub_app")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
