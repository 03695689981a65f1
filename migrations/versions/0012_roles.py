"""Why somebody's roles were changed; whether a decision steps a case up or down, and its form keeping a draft."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0012_roles'
down_revision = "0011_retention"


def upgrade() -> None:
    op.create_table('role_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('given', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('taken', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('role_change_of', 'role_change', ['worker_id', 'changed_at'], unique=False)
    op.add_column('decision', sa.Column('threshold', sa.String(), nullable=True))
    op.create_check_constraint('decision_threshold', 'decision', "threshold IN ('step-up', 'step-down')")
    op.drop_constraint('draft_form', 'draft', type_='check')
    op.create_check_constraint('draft_form', 'draft', "form IN ('contribution', 'problem', 'rate', 'move', 'outcome', 'decision')")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
