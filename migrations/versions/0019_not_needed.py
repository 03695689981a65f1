"""A deputy whose colleague comes after all is not needed"""

import sqlalchemy as sa
from alembic import op

revision = "0019_not_needed"
down_revision = "0018_of_one_meeting"


def upgrade() -> None:
    for table in ("invitee", "sitting_member"):
        op.drop_constraint(f"{table}_answer", table)
        op.create_check_constraint(
            f"{table}_answer",
            table,
            "answer IN ('awaited', 'accepted', 'tentative', 'declined', 'deputy', 'not_needed')",
        )
        # Of those who were asked before this it is not known why: nobody of them is taken off.
        op.add_column(table, sa.Column("as_deputy", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column(table, "as_deputy", server_default=None)


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
