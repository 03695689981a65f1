"""Clash rules that the partnership may change, answers with their history, one visit in place of two"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009_clash_rules'
down_revision = '0008_register'


def upgrade() -> None:
    op.create_table('clash_night',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('on_day')
    )
    op.create_table('clash_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('severity', sa.String(), nullable=True),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('hours', sa.Integer(), nullable=True),
    sa.Column('buffer', sa.Integer(), nullable=True),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("severity IN ('critical', 'high', 'medium', 'low')", name='clash_rule_severity'),
    sa.CheckConstraint("state IN ('on', 'quiet', 'off')", name='clash_rule_state'),
    sa.CheckConstraint('buffer BETWEEN 0 AND 600', name='clash_rule_buffer'),
    sa.CheckConstraint('days BETWEEN 0 AND 3650', name='clash_rule_days'),
    sa.CheckConstraint('hours BETWEEN 1 AND 720', name='clash_rule_hours'),
    sa.ForeignKeyConstraint(['changed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('rule')
    )
    op.create_table('clash_rule_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('was', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('became', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('clash_rule_change_of', 'clash_rule_change', ['rule', 'changed_at'], unique=False)
    op.create_table('clash_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('clash_id', sa.Uuid(), nullable=False),
    sa.Column('disposition', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=True),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("disposition IN ('align', 'joint-visit', 'merge', 'sequence', 're-time', 'keep-apart', 'accept')", name='clash_answer_disposition'),
    sa.CheckConstraint("verdict IN ('useful', 'not-useful')", name='clash_answer_verdict'),
    sa.ForeignKeyConstraint(['answered_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['clash_id'], ['clash.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('clash_answer_of', 'clash_answer', ['clash_id', 'answered_at'], unique=False)
    op.create_table('visit_proposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('clash_id', sa.Uuid(), nullable=False),
    sa.Column('from_agency', sa.Uuid(), nullable=False),
    sa.Column('to_agency', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name='visit_proposal_settled'),
    sa.CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name='visit_proposal_state'),
    sa.CheckConstraint('ends_at > starts_at', name='visit_proposal_order'),
    sa.ForeignKeyConstraint(['clash_id'], ['clash.id'], ),
    sa.ForeignKeyConstraint(['from_agency'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['proposed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['settled_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['to_agency'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['visit_id'], ['intervention.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_visit_proposal_visit_id'), 'visit_proposal', ['visit_id'], unique=False)
    op.create_index('visit_proposal_of', 'visit_proposal', ['clash_id', 'proposed_at'], unique=False)
    op.create_index('visit_proposal_once', 'visit_proposal', ['clash_id'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.add_column('clash', sa.Column('falls_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('clash', sa.Column('kept_for', postgresql.ARRAY(sa.Uuid()), nullable=True))
    op.add_column('clash', sa.Column('owner_id', sa.Uuid(), nullable=True))
    op.create_index('clash_found', 'clash', ['found_at', 'rule'], unique=False)
    op.create_index('clash_about', 'clash', ['people'], unique=False, postgresql_using='gin', postgresql_where=sa.text('closed_at IS NULL'))
    op.create_index(op.f('ix_clash_owner_id'), 'clash', ['owner_id'], unique=False)
    op.create_foreign_key(None, 'clash', 'worker', ['owner_id'], ['id'])
    op.drop_constraint('clash_intervention_pkey', 'clash_intervention', type_='primary')
    op.add_column('clash_intervention', sa.Column('id', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False))
    op.alter_column('clash_intervention', 'id', server_default=None)
    op.create_primary_key('clash_intervention_pkey', 'clash_intervention', ['id'])
    op.add_column('clash_intervention', sa.Column('fact', sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column('clash_intervention', sa.Column('fact_on', sa.Date(), nullable=True))
    op.alter_column('clash_intervention', 'intervention_id',
               existing_type=sa.UUID(),
               nullable=True)
    op.create_index('clash_intervention_clash', 'clash_intervention', ['clash_id'], unique=False)
    op.create_check_constraint('clash_intervention_says_what', 'clash_intervention', "intervention_id IS NOT NULL OR fact <> ''")
    # What was answered so far becomes the first line of its history.
    op.execute(
        "INSERT INTO clash_answer (id, clash_id, disposition, reason, answered_by, answered_at) "
        "SELECT gen_random_uuid(), id, disposition, reason, answered_by, answered_at FROM clash WHERE answered_at IS NOT NULL"
    )


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
