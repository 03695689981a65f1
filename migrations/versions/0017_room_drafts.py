"""The forms of the room keep drafts too: a decision and an action of a conference"""

from alembic import op

revision = '0017_room_drafts'
down_revision = '0016_joint_times'


def upgrade() -> None:
    op.drop_constraint('draft_form', 'draft', type_='check')
    op.create_check_constraint('draft_form', 'draft', "form IN ('contribution', 'problem', 'rate', 'move', 'outcome', 'decision', 'minute', 'conference-decision', 'conference-action', 'report')")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
