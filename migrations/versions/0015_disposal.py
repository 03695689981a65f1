"""What a disposal takes out of the rooms that came after it was planned."""

import sqlalchemy as sa
from alembic import op

revision = '0015_disposal'
down_revision = '0014_actions'

OF_CASE = 'case_id = $1'
DECISIONS = 'decision_id IN (SELECT id FROM decision WHERE case_id = $1)'
CONFERENCES = 'conference_id IN (SELECT id FROM conference WHERE case_id = $1)'
LINES = 'line_id IN (SELECT id FROM minute_line WHERE case_id = $1)'
INTERVENTIONS = 'intervention_id IN (SELECT id FROM intervention WHERE case_id = $1)'
CLASH_GONE = (
    'clash_id IN (SELECT thing_id FROM tombstone WHERE case_id = $1) '
    'AND NOT EXISTS (SELECT FROM clash_intervention x WHERE x.clash_id = {table}.clash_id)'
)

# (place, table, fate, condition, what is set, tombstones): places between those of the first plan.
STEPS = (
    (91, 'position_ask', 'delete', DECISIONS, '', ''),
    (111, 'action_entry', 'delete', OF_CASE, '', ''),
    (112, 'action_extension', 'delete', OF_CASE, '', ''),
    (131, 'line_answer', 'delete', LINES, '', ''),
    (132, 'line_amendment', 'delete', LINES, '', ''),
    (133, 'minute_line', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM minute_line WHERE case_id = $1'),
    (134, 'agenda_item', 'delete', CONFERENCES, '', ''),
    (135, 'conference_paper', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM conference_paper WHERE case_id = $1'),
    (136, 'decision_letter', 'delete', OF_CASE, '', ''),
    (137, 'minutes_approval', 'delete', CONFERENCES, '', ''),
    (138, 'report_ask', 'delete', CONFERENCES, '', ''),
    (139, 'statement_signature', 'delete', CONFERENCES, '', ''),
    (141, 'declared_interest', 'delete', CONFERENCES, '', ''),
    (142, 'sitting_item', 'delete', CONFERENCES, '', ''),
    (151, 'meeting_series', 'delete', OF_CASE, '', ''),
    (152, 'conference_not_needed', 'delete', OF_CASE, '', ''),
    (161, 'clash_answer', 'delete', CLASH_GONE.format(table='clash_answer'), '', ''),
    (162, 'visit_proposal', 'delete', CLASH_GONE.format(table='visit_proposal'), '', ''),
    (163, 'visit_proposal', 'empty', 'visit_id IN (SELECT id FROM intervention WHERE case_id = $1)', 'visit_id = NULL', ''),
    (191, 'intervention_apart', 'delete', INTERVENTIONS, '', ''),
    (192, 'intervention_place', 'delete', INTERVENTIONS, '', ''),
    (193, 'intervention_time', 'delete', INTERVENTIONS, '', ''),
    (194, 'unplaced_intervention', 'delete', INTERVENTIONS, '', ''),
)


def upgrade() -> None:
    steps = sa.table(
        'disposal_step', *(sa.column(name) for name in ('place', 'table_name', 'fate', 'condition', 'sets', 'tombstones'))
    )
    names = ('place', 'table_name', 'fate', 'condition', 'sets', 'tombstones')
    op.bulk_insert(steps, [dict(zip(names, step, strict=True)) for step in STEPS])


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
