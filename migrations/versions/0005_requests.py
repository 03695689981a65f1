"""Asking for information, words said in the room, disagreements on their ladder, and the family's own voice"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005_requests'
down_revision = '0004_chronology'


def upgrade() -> None:
    # A new role: whoever guards an agency's information.
    op.drop_constraint('worker_roles', 'worker', type_='check')
    op.create_check_constraint(
        'worker_roles',
        'worker',
        "roles <@ ARRAY['frontline','leader','coordinator','administrator','guardian'] AND cardinality(roles) > 0",
    )
    op.create_table('escalation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('other_agency_id', sa.Uuid(), nullable=False),
    sa.Column('raised_by', sa.Uuid(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disputed', sa.String(), nullable=False),
    sa.Column('we_want', sa.String(), nullable=False),
    sa.Column('they_want', sa.String(), nullable=False),
    sa.Column('evidence', sa.String(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_late_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name='escalation_ended'),
    sa.CheckConstraint("about IN ('decision', 'request', 'clash', 'lane')", name='escalation_about'),
    sa.CheckConstraint("state IN ('open', 'settled', 'withdrawn')", name='escalation_state'),
    sa.CheckConstraint('agency_id <> other_agency_id', name='escalation_between_two'),
    sa.CheckConstraint('step BETWEEN 1 AND 4', name='escalation_step_number'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['ended_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['other_agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['raised_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('escalation_due', 'escalation', ['due_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL AND told_late_at IS NULL'))
    op.create_index('escalation_of_case', 'escalation', ['case_id', 'raised_at'], unique=False)
    op.create_table('information_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('about', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('gateway', sa.String(), nullable=False),
    sa.Column('rating', sa.String(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_because', sa.String(), nullable=False),
    sa.CheckConstraint("purpose IN ('protect-child', 'protect-adult', 'prevent-harm', 'understand-need', 'plan-help', 'prepare-conference')", name='information_request_purpose'),
    sa.CheckConstraint('cardinality(about) > 0', name='information_request_about_somebody'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['asked_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('information_request_of_agency', 'information_request', ['agency_id', 'asked_at'], unique=False)
    op.create_index('information_request_of_case', 'information_request', ['case_id', 'asked_at'], unique=False)
    op.create_table('spoken_share',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('speaker_id', sa.Uuid(), nullable=False),
    sa.Column('noted_by', sa.Uuid(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirm_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('chased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('thread_id', sa.Uuid(), nullable=True),
    sa.Column('disowned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disowned_because', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('fact', 'opinion', 'assessment', 'concern', 'offer', 'limit')", name='spoken_share_kind'),
    sa.CheckConstraint("place IN ('conference', 'phone', 'in-person')", name='spoken_share_place'),
    sa.CheckConstraint('(confirmed_at IS NULL) = (thread_id IS NULL)', name='spoken_share_contributed'),
    sa.CheckConstraint('num_nonnulls(confirmed_at, disowned_at) <= 1', name='spoken_share_one_answer'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['noted_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['speaker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('spoken_share_of_case', 'spoken_share', ['case_id', 'noted_at'], unique=False)
    op.create_index('spoken_share_to_chase', 'spoken_share', ['confirm_by'], unique=False, postgresql_where=sa.text('confirmed_at IS NULL AND disowned_at IS NULL AND chased_at IS NULL'))
    op.create_index('spoken_share_to_confirm', 'spoken_share', ['speaker_id'], unique=False, postgresql_where=sa.text('confirmed_at IS NULL AND disowned_at IS NULL'))
    op.create_table('told_of',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('not_told', sa.String(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('told_by', sa.Uuid(), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(what = '') = (not_told IS NOT NULL)", name='told_of_what_or_reason'),
    sa.CheckConstraint("not_told IN ('harm', 'investigation', 'not-found', 'asked-not-to', 'too-young')", name='told_of_not_told'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['told_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_told_of_person_id'), 'told_of', ['person_id'], unique=False)
    op.create_index('told_of_case', 'told_of', ['case_id', 'told_on'], unique=False)
    op.create_table('voice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('unheard', sa.String(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('interpreter', sa.Boolean(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(words = '') = (unheard IS NOT NULL)", name='voice_words_or_reason'),
    sa.CheckConstraint("topic IN ('wishes', 'safety', 'what-happened', 'home', 'school', 'health', 'money', 'contact', 'plan')", name='voice_topic'),
    sa.CheckConstraint("unheard IN ('harm', 'investigation', 'not-found', 'asked-not-to', 'too-young')", name='voice_unheard'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['asked_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('voice_of_case', 'voice', ['case_id', 'asked_on'], unique=False)
    op.create_index('voice_of_person', 'voice', ['person_id', 'topic', 'asked_on'], unique=False)
    op.create_table('asked_agency',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('more_time', sa.String(), nullable=True),
    sa.Column('more_time_words', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('overdue_told_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("more_time IN ('searching', 'away', 'manager', 'advice')", name='asked_agency_more_time'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['request_id'], ['information_request.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('request_id', 'agency_id', name='asked_agency_once')
    )
    op.create_index('asked_agency_of', 'asked_agency', ['agency_id', 'answered_at', 'due_at'], unique=False)
    op.create_index('asked_agency_waiting', 'asked_agency', ['due_at'], unique=False, postgresql_where=sa.text('answered_at IS NULL AND overdue_told_at IS NULL'))
    op.create_table('escalation_step',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escalation_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('raiser_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('chair_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('plan', sa.String(), nullable=False),
    sa.Column('proposed_agency_id', sa.Uuid(), nullable=True),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('ended_as', sa.String(), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(plan = '') = (proposed_agency_id IS NULL)", name='escalation_step_plan'),
    sa.CheckConstraint("ended_as IN ('agreed', 'not-agreed', 'time-ran-out', 'withdrawn', 'decided')", name='escalation_step_ended_as'),
    sa.CheckConstraint('(ended_as IS NULL) = (ended_at IS NULL)', name='escalation_step_ended'),
    sa.CheckConstraint('(step = 4) = (chair_id IS NOT NULL)', name='escalation_step_chair'),
    sa.CheckConstraint('step BETWEEN 1 AND 4', name='escalation_step_step'),
    sa.ForeignKeyConstraint(['chair_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['ended_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalation.id'], ),
    sa.ForeignKeyConstraint(['other_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['proposed_agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['proposed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['raiser_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('escalation_id', 'step', name='escalation_step_once')
    )
    op.create_index('escalation_step_chairs', 'escalation_step', ['chair_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('escalation_step_ours', 'escalation_step', ['raiser_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('escalation_step_theirs', 'escalation_step', ['other_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('request_reply',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('asked_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=True),
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('since_year', sa.Integer(), nullable=True),
    sa.Column('until_year', sa.Integer(), nullable=True),
    sa.Column('searched_on', sa.Date(), nullable=True),
    sa.Column('withheld', sa.String(), nullable=False),
    sa.Column('refusal', sa.String(), nullable=True),
    sa.Column('because', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('replied_by', sa.Uuid(), nullable=False),
    sa.Column('replied_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('review_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review', sa.String(), nullable=True),
    sa.Column('review_words', sa.String(), nullable=False),
    sa.Column('reviewed_by', sa.Uuid(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'refused') = (thread_id IS NULL)", name='request_reply_has_words'),
    sa.CheckConstraint("(kind IN ('part','refused')) = (refusal IS NOT NULL)", name='request_reply_withholds'),
    sa.CheckConstraint("kind <> 'nothing' OR (system <> '' AND num_nonnulls(since_year, until_year, searched_on) = 3)", name='request_reply_nothing_says_where'),
    sa.CheckConstraint("kind IN ('supplied', 'part', 'nothing', 'refused')", name='request_reply_kind'),
    sa.CheckConstraint("refusal IN ('not-relevant', 'detrimental', 'investigation', 'source-at-risk', 'privilege', 'third-party', 'not-ours', 'no-basis', 'other')", name='request_reply_refusal'),
    sa.CheckConstraint("review IN ('upheld', 'overturned')", name='request_reply_review'),
    sa.CheckConstraint('(review IS NULL) = (reviewed_at IS NULL)', name='request_reply_reviewed'),
    sa.ForeignKeyConstraint(['asked_id'], ['asked_agency.id'], ),
    sa.ForeignKeyConstraint(['replied_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['reviewed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('request_reply_of', 'request_reply', ['asked_id', 'replied_at'], unique=False)
    op.create_index('request_reply_thread', 'request_reply', ['thread_id'], unique=False)
    op.create_index('request_reply_to_review', 'request_reply', ['review_due_at'], unique=False, postgresql_where=sa.text('reviewed_at IS NULL AND review_due_at IS NOT NULL'))


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")
