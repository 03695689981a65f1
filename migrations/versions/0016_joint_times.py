"""Which times of two series one joint visit is to replace, and who goes along."""

import sqlalchemy as sa
from alembic import op

revision = '0016_joint_times'
down_revision = '0015_disposal'


def upgrade() -> None:
    op.add_column('visit_proposal', sa.Column('from_time', sa.DateTime(timezone=True), nullable=True))
    op.add_column('visit_proposal', sa.Column('to_time', sa.DateTime(timezone=True), nullable=True))
    for table, column, other in (
        ('visit_proposal', 'to_worker_id', 'worker'),
        ('intervention', 'with_worker_id', 'worker'),
        ('intervention', 'with_agency_id', 'agency'),
    ):
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(None, table, other, [column], ['id'])
    op.create_index(op.f('ix_visit_proposal_to_worker_id'), 'visit_proposal', ['to_worker_id'], unique=False)
    op.create_index(op.f('ix_intervention_with_worker_id'), 'intervention', ['with_worker_id'], unique=False)


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
