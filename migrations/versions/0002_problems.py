"""The problem first: framings, their checks and marks, citations, tags, each agency's own rating of risk"""

import sqlalchemy as sa
from alembic import op

revision = '0002_problems'
down_revision = '0001_the_house'


def upgrade() -> None:
    op.create_table('framing_round',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revealed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('followed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'number', name='framing_round_number')
    )
    op.create_index('framing_round_blind', 'framing_round', ['due_at'], unique=False, postgresql_where=sa.text('revealed_at IS NULL'))
    op.create_index('framing_round_newest', 'framing_round', ['case_id'], unique=True, postgresql_where=sa.text('followed_at IS NULL'))
    op.create_table('problem_tag',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('tag', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("tag IN ('domestic-abuse', 'neglect', 'abuse', 'substance-use', 'mental-health', 'disability', 'housing', 'debt', 'exploitation', 'offending', 'school-attendance', 'parenting')", name='problem_tag_code'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('problem_tag_standing', 'problem_tag', ['case_id', 'tag'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('risk_position',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('rating', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("rating IN ('red', 'amber', 'green', 'blue')", name='risk_position_rating'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'agency_id', 'version', name='risk_position_version_once')
    )
    op.create_index('risk_position_standing', 'risk_position', ['case_id', 'agency_id'], unique=True, postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_table('framing',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('char_length(words) BETWEEN 1 AND 300', name='framing_length'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['round_id'], ['framing_round.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('round_id', 'agency_id', 'version', name='framing_version_once')
    )
    op.create_index('framing_standing', 'framing', ['round_id', 'agency_id'], unique=True, postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index(op.f('ix_framing_case_id'), 'framing', ['case_id'], unique=False)
    op.create_table('problem_citation',
    sa.Column('statement_id', sa.Uuid(), nullable=False),
    sa.Column('contribution_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['contribution_id'], ['contribution.id'], ),
    sa.ForeignKeyConstraint(['statement_id'], ['problem_statement.id'], ),
    sa.PrimaryKeyConstraint('statement_id', 'contribution_id')
    )
    op.create_index('problem_citation_of_contribution', 'problem_citation', ['contribution_id'], unique=False)
    op.create_table('wall_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('view', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("view IN ('agree', 'differ')", name='wall_line_view'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['round_id'], ['framing_round.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('wall_line_of_round', 'wall_line', ['round_id', 'written_at'], unique=False)
    op.create_table('restatement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('framing_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('of_agency_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('correction', sa.String(), nullable=False),
    sa.CheckConstraint("answered_at IS NOT NULL OR correction = ''", name='restatement_corrected'),
    sa.CheckConstraint('(answered_at IS NULL) = (answered_by IS NULL)', name='restatement_answered'),
    sa.CheckConstraint('agency_id <> of_agency_id', name='restatement_of_another'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['answered_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['framing_id'], ['framing.id'], ),
    sa.ForeignKeyConstraint(['of_agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('framing_id', 'agency_id', name='restatement_once')
    )
    op.create_index(op.f('ix_restatement_case_id'), 'restatement', ['case_id'], unique=False)
    op.create_index('restatement_unanswered', 'restatement', ['of_agency_id', 'case_id'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    # What stands already cites nothing and was brought in without a reason being asked; new rows say so themselves.
    op.add_column('case_record', sa.Column('problem_agencies', sa.Integer(), nullable=False, server_default='0'))
    op.alter_column('case_record', 'problem_agencies', server_default=None)
    op.add_column('circle_seat', sa.Column('early_reason', sa.String(), nullable=False, server_default=''))
    op.alter_column('circle_seat', 'early_reason', server_default=None)
    # What a statement cited is never changed. The other rights come with the defaults of the first migration.
    op.execute("REVOKE UPDATE ON problem_citation FROM hub_app")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
