"""A signature is of one meeting, a review of one version of the letter, and a point can be left out of the agenda"""

import sqlalchemy as sa
from alembic import op

revision = '0018_of_one_meeting'
down_revision = '0017_room_drafts'


def upgrade() -> None:
    op.add_column('statement_signature', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint('statement_signature_once', 'statement_signature', type_='unique')
    op.create_index('statement_signature_live', 'statement_signature', ['conference_id', 'worker_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.add_column('agenda_item', sa.Column('left_out_at', sa.DateTime(timezone=True), nullable=True))
    # A letter that was reviewed before this is reviewed once more: what it was reviewed against was not kept.
    op.add_column('decision_letter', sa.Column('reviewed_of', sa.String(), nullable=False, server_default=''))
    op.alter_column('decision_letter', 'reviewed_of', server_default=None)


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
