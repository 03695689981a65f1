"""Which times of two series one joint visit is to replace."""

import sqlalchemy as sa
from alembic import op

revision = '0016_joint_times'
down_revision = '0015_disposal'


def upgrade() -> None:
    op.add_column('visit_proposal', sa.Column('from_time', sa.DateTime(timezone=True), nullable=True))
    op.add_column('visit_proposal', sa.Column('to_time', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
