"""The house: every table of the first rooms, a ledger that cannot be changed, and a service that owns nothing"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001_the_house'
down_revision = None


def upgrade() -> None:
    op.create_table('address',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lines', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('postcode', sa.String(), nullable=False),
    sa.Column('uprn', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('address_postcode', 'address', ['postcode'], unique=False)
    op.create_table('agency',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('mark', sa.String(), nullable=False),
    sa.Column('colour', sa.Integer(), nullable=False),
    sa.Column('sector', sa.String(), nullable=False),
    sa.Column('statutory', sa.Boolean(), nullable=False),
    sa.Column('triages', sa.Boolean(), nullable=False),
    sa.Column('desk_phone', sa.String(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("mark ~ '^[A-Z][A-Za-z&]{1,3}$'", name='agency_mark'),
    sa.CheckConstraint('colour BETWEEN 1 AND 8', name='agency_colour'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('mark'),
    sa.UniqueConstraint('name'),
    sa.UniqueConstraint('slug')
    )
    op.create_table('event',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=True),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('system_id', sa.Uuid(), nullable=True),
    sa.Column('roles', sa.String(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('only_agencies', postgresql.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('request_id', sa.String(), nullable=False),
    sa.Column('ip_prefix', sa.String(), nullable=False),
    sa.Column('session_mark', sa.String(), nullable=False),
    sa.Column('audible', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind ~ '^[a-z-]+:[a-z-]+$'", name='event_kind_form'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('event_case', 'event', ['case_id', 'id'], unique=False, postgresql_where=sa.text('case_id IS NOT NULL'))
    op.create_index('event_person', 'event', ['person_id', 'id'], unique=False, postgresql_where=sa.text('person_id IS NOT NULL'))
    op.create_index('event_referral', 'event', ['referral_id', 'id'], unique=False, postgresql_where=sa.text('referral_id IS NOT NULL'))
    op.create_index('event_worker', 'event', ['worker_id', 'id'], unique=False)
    op.create_table('family',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('formed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('reference')
    )
    op.create_index(op.f('ix_family_name_key'), 'family', ['name_key'], unique=False)
    op.create_table('partnership',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('reference_prefix', sa.String(), nullable=False),
    sa.Column('desk_phone', sa.String(), nullable=False),
    sa.Column('clocks', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('founded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('sign_in_try',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('ip_prefix', sa.String(), nullable=False),
    sa.Column('succeeded', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('sign_in_try_account', 'sign_in_try', ['account', 'at'], unique=False)
    op.create_index('sign_in_try_network', 'sign_in_try', ['ip_prefix', 'at'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('given_names', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('family_name', sa.String(), nullable=False),
    sa.Column('given_key', sa.String(), nullable=False),
    sa.Column('family_key', sa.String(), nullable=False),
    sa.Column('born_from', sa.Date(), nullable=True),
    sa.Column('born_to', sa.Date(), nullable=True),
    sa.Column('sex', sa.String(), nullable=False),
    sa.Column('ethnicity_scheme', sa.String(), nullable=False),
    sa.Column('ethnicity', sa.String(), nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('interpreter', sa.Boolean(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('contact_note', sa.String(), nullable=False),
    sa.Column('school', sa.String(), nullable=False),
    sa.Column('alert', sa.String(), nullable=False),
    sa.Column('died_on', sa.Date(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by_agency', sa.Uuid(), nullable=True),
    sa.CheckConstraint("sex IN ('0','1','2','9')", name='person_sex'),
    sa.CheckConstraint('born_from <= born_to', name='person_birth_order'),
    sa.ForeignKeyConstraint(['entered_by_agency'], ['agency.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('reference')
    )
    op.create_index('person_family_birth', 'person', ['family_key', 'born_from'], unique=False)
    op.create_index('person_given_birth', 'person', ['given_key', 'born_from'], unique=False)
    op.create_index('person_keys', 'person', ['family_key', 'given_key'], unique=False)
    op.create_table('role_card',
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('can', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('cannot', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('holds', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('needs', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('powers', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('typical_wait', sa.String(), nullable=False),
    sa.Column('reviewed_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.PrimaryKeyConstraint('agency_id')
    )
    op.create_table('sending_system',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    sa.UniqueConstraint('source')
    )
    op.create_index(op.f('ix_sending_system_agency_id'), 'sending_system', ['agency_id'], unique=False)
    op.create_table('worker',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('profession', sa.String(), nullable=False),
    sa.Column('job', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('works', sa.String(), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('manager_id', sa.Uuid(), nullable=True),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('password_set_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("roles <@ ARRAY['frontline','leader','coordinator','administrator'] AND cardinality(roles) > 0", name='worker_roles'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['manager_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_worker_agency_id'), 'worker', ['agency_id'], unique=False)
    op.create_index(op.f('ix_worker_manager_id'), 'worker', ['manager_id'], unique=False)
    op.create_index('worker_email', 'worker', [sa.literal_column('lower(email)')], unique=True)
    op.create_table('case_record',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('stage_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rating', sa.String(), nullable=True),
    sa.Column('rating_reason', sa.String(), nullable=False),
    sa.Column('rated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('due_code', sa.String(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closing_reason', sa.String(), nullable=False),
    sa.CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name='case_closed_at'),
    sa.CheckConstraint("rating IN ('red', 'amber', 'green', 'blue')", name='case_rating'),
    sa.CheckConstraint("scheme IN ('family-help', 'child-protection', 'marac', 'iom', 'adult-safeguarding')", name='case_scheme'),
    sa.CheckConstraint("stage IN ('new', 'assessing', 'planning', 'working', 'reviewing', 'closed')", name='case_stage'),
    sa.CheckConstraint('num_nonnulls(family_id, person_id) = 1', name='case_of_family_or_person'),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('reference')
    )
    op.create_index('case_of_family', 'case_record', ['family_id'], unique=False)
    op.create_index('case_of_person', 'case_record', ['person_id'], unique=False)
    op.create_index('case_open_due', 'case_record', ['due_at'], unique=False, postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('clash',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('severity', sa.String(), nullable=False),
    sa.Column('people', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("disposition IN ('align', 'joint-visit', 'merge', 'sequence', 're-time', 'keep-apart', 'accept')", name='clash_disposition'),
    sa.CheckConstraint("severity IN ('critical', 'high', 'medium', 'low')", name='clash_severity'),
    sa.CheckConstraint('(disposition IS NULL) = (answered_at IS NULL)', name='clash_answered'),
    sa.ForeignKeyConstraint(['answered_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('clash_once_open', 'clash', ['key'], unique=True, postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('family_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['family.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('family_member_once', 'family_member', ['family_id', 'person_id'], unique=True, postgresql_where=sa.text('left_at IS NULL'))
    op.create_index(op.f('ix_family_member_person_id'), 'family_member', ['person_id'], unique=False)
    op.create_table('identifier',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('canonical', sa.String(), nullable=False),
    sa.Column('valid', sa.Boolean(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person_id', 'system', 'canonical', name='identifier_once')
    )
    op.create_index('identifier_lookup', 'identifier', ['system', 'canonical'], unique=False)
    op.create_table('other_name',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('given_names', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('family_name', sa.String(), nullable=False),
    sa.Column('given_key', sa.String(), nullable=False),
    sa.Column('family_key', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_other_name_person_id'), 'other_name', ['person_id'], unique=False)
    op.create_index('other_name_keys', 'other_name', ['family_key', 'given_key'], unique=False)
    op.create_table('reminder',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dropped_because', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'subject_id', 'worker_id', 'due_at', name='reminder_once')
    )
    op.create_index(op.f('ix_reminder_worker_id'), 'reminder', ['worker_id'], unique=False)
    op.create_index('reminder_due', 'reminder', ['due_at'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('residence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('address_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('confidential', sa.Boolean(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['address_id'], ['address.id'], ),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_residence_person_id'), 'residence', ['person_id'], unique=False)
    op.create_index('residence_household', 'residence', ['address_id'], unique=False, postgresql_where=sa.text('until IS NULL'))
    op.create_table('sign_in_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_digest', sa.LargeBinary(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('ip_prefix', sa.String(), nullable=False),
    sa.Column('browser', sa.String(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_digest')
    )
    op.create_index(op.f('ix_sign_in_session_worker_id'), 'sign_in_session', ['worker_id'], unique=False)
    op.create_table('submission',
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('location', sa.String(), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('worker_id', 'key')
    )
    op.create_index(op.f('ix_submission_first_at'), 'submission', ['first_at'], unique=False)
    op.create_table('system_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('system_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('material', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('v1', 'v1a')", name='system_key_kind'),
    sa.ForeignKeyConstraint(['system_id'], ['sending_system.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_system_key_system_id'), 'system_key', ['system_id'], unique=False)
    op.create_table('tie',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('from_id', sa.Uuid(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('parental_responsibility', sa.Boolean(), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('agency_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('from_id <> to_id', name='tie_between_two'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['from_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['to_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('from_id', 'to_id', 'kind', name='tie_once')
    )
    op.create_index(op.f('ix_tie_to_id'), 'tie', ['to_id'], unique=False)
    op.create_table('accountability',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('given_by', sa.Uuid(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("subject_type IN ('case','outcome','action','request')", name='accountability_subject'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['given_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('accountability_of_case', 'accountability', ['case_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('accountability_of_worker', 'accountability', ['worker_id'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('accountability_one_person', 'accountability', ['subject_type', 'subject_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('comment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['author_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_comment_thread_id'), 'comment', ['thread_id'], unique=False)
    op.create_table('conference',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('video_link', sa.String(), nullable=False),
    sa.Column('chair_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('called_by', sa.Uuid(), nullable=True),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_because', sa.String(), nullable=False),
    sa.Column('no_change_because', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('case-conference', 'strategy-discussion', 'core-group', 'review', 'marac', 'iom')", name='conference_kind'),
    sa.CheckConstraint("state IN ('scheduled', 'open', 'closed', 'cancelled')", name='conference_state'),
    sa.CheckConstraint('ends_at > starts_at', name='conference_order'),
    sa.ForeignKeyConstraint(['called_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['chair_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('conference_by_time', 'conference', ['starts_at'], unique=False)
    op.create_index('conference_of_case', 'conference', ['case_id', 'starts_at'], unique=False)
    op.create_index(op.f('ix_conference_chair_id'), 'conference', ['chair_id'], unique=False)
    op.create_table('contribution',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('thread_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('profession', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('confidence', sa.String(), nullable=False),
    sa.Column('audience', sa.String(), nullable=False),
    sa.Column('for_agencies', postgresql.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.String(), nullable=False),
    sa.CheckConstraint("(audience = 'named') = (for_agencies IS NOT NULL)", name='contribution_named_agencies'),
    sa.CheckConstraint("audience IN ('circle', 'named', 'own')", name='contribution_audience'),
    sa.CheckConstraint("confidence IN ('certain', 'likely', 'unsure')", name='contribution_confidence'),
    sa.CheckConstraint("kind IN ('fact', 'opinion', 'assessment', 'concern', 'offer', 'limit')", name='contribution_kind'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['author_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('thread_id', 'version', name='contribution_version_once')
    )
    op.create_index('contribution_of_agency', 'contribution', ['case_id', 'agency_id', 'written_at'], unique=False)
    op.create_index('contribution_standing', 'contribution', ['case_id', 'written_at'], unique=False, postgresql_where=sa.text('superseded_at IS NULL'))
    op.create_index(op.f('ix_contribution_author_id'), 'contribution', ['author_id'], unique=False)
    op.create_table('last_look',
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('worker_id', 'case_id')
    )
    op.create_table('notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('link', sa.String(), nullable=False),
    sa.Column('calendar', sa.String(), nullable=False),
    sa.Column('calendar_method', sa.String(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_notice_case_id'), 'notice', ['case_id'], unique=False)
    op.create_index('notice_of_worker', 'notice', ['worker_id', 'written_at'], unique=False)
    op.create_index('notice_to_send', 'notice', ['try_at'], unique=False, postgresql_where=sa.text('sent_at IS NULL AND failed_at IS NULL'))
    op.create_table('outcome',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('statement', sa.String(), nullable=False),
    sa.Column('indicator', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('baseline_value', sa.Float(), nullable=False),
    sa.Column('baseline_on', sa.Date(), nullable=False),
    sa.Column('baseline_source', sa.String(), nullable=False),
    sa.Column('target_value', sa.Float(), nullable=False),
    sa.Column('target_on', sa.Date(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('agreed_by', sa.Uuid(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("direction IN ('up', 'down')", name='outcome_direction'),
    sa.CheckConstraint("state <> 'live' OR rank BETWEEN 1 AND 5", name='outcome_five_live'),
    sa.CheckConstraint("state IN ('live', 'parked', 'achieved', 'dropped')", name='outcome_state'),
    sa.ForeignKeyConstraint(['agreed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('outcome_of_case', 'outcome', ['case_id'], unique=False)
    op.create_index('outcome_rank', 'outcome', ['case_id', 'rank'], unique=True, postgresql_where=sa.text("state = 'live'"))
    op.create_table('problem_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('statement', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_problem_statement_case_id'), 'problem_statement', ['case_id'], unique=False)
    op.create_table('referral',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('system_id', sa.Uuid(), nullable=True),
    sa.Column('their_reference', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sector', sa.String(), nullable=False),
    sa.Column('referrer_name', sa.String(), nullable=False),
    sa.Column('referrer_role', sa.String(), nullable=False),
    sa.Column('referrer_team', sa.String(), nullable=False),
    sa.Column('referrer_phone', sa.String(), nullable=False),
    sa.Column('referrer_email', sa.String(), nullable=False),
    sa.Column('source_code', sa.String(), nullable=False),
    sa.Column('urgency', sa.String(), nullable=False),
    sa.Column('suggested_rating', sa.String(), nullable=False),
    sa.Column('need_level', sa.Integer(), nullable=True),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('voice', sa.String(), nullable=False),
    sa.Column('actions_taken', sa.String(), nullable=False),
    sa.Column('consent', sa.String(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('unknown_codes', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('respond_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rating', sa.String(), nullable=True),
    sa.Column('rating_reason', sa.String(), nullable=False),
    sa.Column('rated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rated_by', sa.Uuid(), nullable=True),
    sa.Column('decision', sa.String(), nullable=True),
    sa.Column('decision_reason', sa.String(), nullable=False),
    sa.Column('feedback', sa.String(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("decision IN ('open-case', 'strategy-discussion', 'join-case', 'early-help', 'advice', 'no-further-action')", name='referral_decision'),
    sa.CheckConstraint("rating IN ('red', 'amber', 'green', 'blue')", name='referral_rating'),
    sa.CheckConstraint("state IN ('received', 'held', 'superseded', 'accepted', 'merged', 'rejected', 'withdrawn')", name='referral_state'),
    sa.CheckConstraint('(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)', name='referral_decided_by_somebody'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['decided_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['rated_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['system_id'], ['sending_system.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('agency_id', 'their_reference', name='referral_once'),
    sa.UniqueConstraint('reference')
    )
    op.create_index(op.f('ix_referral_agency_id'), 'referral', ['agency_id'], unique=False)
    op.create_index(op.f('ix_referral_case_id'), 'referral', ['case_id'], unique=False)
    op.create_index(op.f('ix_referral_received_at'), 'referral', ['received_at'], unique=False)
    op.create_index('referral_undecided', 'referral', ['respond_by'], unique=False, postgresql_where=sa.text('decided_at IS NULL'))
    op.create_table('circle_seat',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('contact_id', sa.Uuid(), nullable=True),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('admitted_by', sa.Uuid(), nullable=True),
    sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("part IN ('lead', 'member', 'referrer')", name='circle_seat_part'),
    sa.CheckConstraint('num_nonnulls(case_id, referral_id) = 1', name='circle_seat_names_one_thing'),
    sa.ForeignKeyConstraint(['admitted_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['contact_id'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('circle_seat_of_agency', 'circle_seat', ['agency_id', 'case_id'], unique=False, postgresql_where=sa.text('left_at IS NULL'))
    op.create_index('circle_seat_one_live_at_case', 'circle_seat', ['case_id', 'agency_id'], unique=True, postgresql_where=sa.text('left_at IS NULL AND case_id IS NOT NULL'))
    op.create_index('circle_seat_one_live_at_referral', 'circle_seat', ['referral_id', 'agency_id'], unique=True, postgresql_where=sa.text('left_at IS NULL AND referral_id IS NOT NULL'))
    op.create_index(op.f('ix_circle_seat_contact_id'), 'circle_seat', ['contact_id'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('conference_id', sa.Uuid(), nullable=True),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('options', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('chosen', sa.String(), nullable=False),
    sa.Column('rationale', sa.String(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], ),
    sa.ForeignKeyConstraint(['recorded_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_decision_case_id'), 'decision', ['case_id'], unique=False)
    op.create_index(op.f('ix_decision_conference_id'), 'decision', ['conference_id'], unique=False)
    op.create_table('envelope',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('receipt', sa.String(), nullable=False),
    sa.Column('system_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refused_as', sa.String(), nullable=False),
    sa.Column('faults', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('their_reference', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], ),
    sa.ForeignKeyConstraint(['system_id'], ['sending_system.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('receipt')
    )
    op.create_index('envelope_held', 'envelope', ['agency_id', 'their_reference'], unique=False, postgresql_where=sa.text("state = 'held'"))
    op.create_index('envelope_once', 'envelope', ['system_id', 'message_id'], unique=True, postgresql_where=sa.text("refused_as = ''"))
    op.create_index('envelope_refused_once', 'envelope', ['system_id', 'message_id', 'digest'], unique=True, postgresql_where=sa.text("refused_as <> ''"))
    op.create_index('envelope_to_open', 'envelope', ['received_at'], unique=False, postgresql_where=sa.text('opened_at IS NULL'))
    op.create_index(op.f('ix_envelope_referral_id'), 'envelope', ['referral_id'], unique=False)
    op.create_table('intervention',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('whole_days', sa.Boolean(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('mandatory', sa.Boolean(), nullable=False),
    sa.Column('joint', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('outcome_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('planned', 'live', 'done', 'cancelled', 'missed')", name='intervention_status'),
    sa.CheckConstraint('ends_at >= starts_at', name='intervention_order'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], ),
    sa.ForeignKeyConstraint(['recorded_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('intervention_of_case', 'intervention', ['case_id', 'starts_at'], unique=False)
    op.create_index('intervention_unchecked', 'intervention', ['recorded_at'], unique=False, postgresql_where=sa.text('checked_at IS NULL'))
    op.create_index(op.f('ix_intervention_outcome_id'), 'intervention', ['outcome_id'], unique=False)
    op.create_index(op.f('ix_intervention_worker_id'), 'intervention', ['worker_id'], unique=False)
    op.create_table('invitee',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('conference_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attendance', sa.String(), nullable=True),
    sa.CheckConstraint("answer IN ('awaited', 'accepted', 'tentative', 'declined')", name='invitee_answer'),
    sa.CheckConstraint("attendance IN ('in-person', 'by-video', 'apologies', 'absent')", name='invitee_attendance'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('conference_id', 'worker_id', name='invitee_once')
    )
    op.create_index('invitee_of_worker', 'invitee', ['worker_id'], unique=False)
    op.create_table('involvement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('num_nonnulls(case_id, referral_id) = 1', name='involvement_names_one_thing'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('involvement_case', 'involvement', ['case_id', 'person_id'], unique=True)
    op.create_index('involvement_referral', 'involvement', ['referral_id', 'person_id'], unique=True)
    op.create_index(op.f('ix_involvement_person_id'), 'involvement', ['person_id'], unique=False)
    op.create_table('measure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('outcome_id', sa.Uuid(), nullable=False),
    sa.Column('measured_on', sa.Date(), nullable=False),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('worker_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], ),
    sa.ForeignKeyConstraint(['worker_id'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('measure_of_outcome', 'measure', ['outcome_id', 'measured_on'], unique=False)
    op.create_table('objective',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('outcome_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('statement', sa.String(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('outcome_id', 'agency_id', name='objective_one_each')
    )
    op.create_table('referral_person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('told', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('concerns', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('match', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('perhaps', postgresql.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(match = 'perhaps') = (person_id IS NULL)", name='referral_person_known_or_not'),
    sa.CheckConstraint("match IN ('same','new','perhaps')", name='referral_person_match'),
    sa.ForeignKeyConstraint(['decided_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('referral_id', 'label', name='referral_person_once')
    )
    op.create_index(op.f('ix_referral_person_person_id'), 'referral_person', ['person_id'], unique=False)
    op.create_table('action',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('conference_id', sa.Uuid(), nullable=True),
    sa.Column('decision_id', sa.Uuid(), nullable=True),
    sa.Column('outcome_id', sa.Uuid(), nullable=True),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('assigned_by', sa.Uuid(), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_note', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name='action_finished_at'),
    sa.CheckConstraint("state IN ('open', 'done', 'overtaken', 'not-undertaken')", name='action_state'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['assigned_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], ),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], ),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('action_open', 'action', ['case_id', 'due_on'], unique=False, postgresql_where=sa.text('finished_at IS NULL'))
    op.create_index(op.f('ix_action_conference_id'), 'action', ['conference_id'], unique=False)
    op.create_table('clash_intervention',
    sa.Column('clash_id', sa.Uuid(), nullable=False),
    sa.Column('intervention_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['clash_id'], ['clash.id'], ),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.PrimaryKeyConstraint('clash_id', 'intervention_id')
    )
    op.create_index('clash_intervention_case', 'clash_intervention', ['case_id', 'clash_id'], unique=False)
    op.create_index('clash_intervention_of', 'clash_intervention', ['intervention_id'], unique=False)
    op.create_table('intervention_person',
    sa.Column('intervention_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['intervention_id'], ['intervention.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('intervention_id', 'person_id')
    )
    op.create_index('intervention_person_person', 'intervention_person', ['person_id'], unique=False)
    op.create_table('position',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('stance', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('stated_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("stance IN ('agree', 'reservation', 'dissent', 'abstain', 'not-consulted')", name='position_stance'),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], ),
    sa.ForeignKeyConstraint(['recorded_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['stated_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('position_standing', 'position', ['decision_id', 'agency_id'], unique=True, postgresql_where=sa.text('superseded_at IS NULL'))
    _ledger()
    _rights()


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


def _ledger() -> None:
    """The ledger takes rows and gives up none, whoever asks; its rows are heard when they are committed."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is for ever: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER event_is_forever BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        """
        CREATE FUNCTION tell_listeners() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('hub_event', NEW.id::text);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER event_is_heard AFTER INSERT ON event FOR EACH ROW WHEN (NEW.audible) "
        "EXECUTE FUNCTION tell_listeners()"
    )


def _rights() -> None:
    """What the service may do: read and write rows, change no structure, and take nothing out but its own notes."""
    op.execute("GRANT USAGE ON SCHEMA hub TO hub_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA hub TO hub_app")
    op.execute("REVOKE UPDATE ON event FROM hub_app")
    op.execute("GRANT DELETE ON submission, sign_in_try, sign_in_session TO hub_app")
    op.execute("REVOKE INSERT, UPDATE ON alembic_version FROM hub_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA hub GRANT SELECT, INSERT, UPDATE ON TABLES TO hub_app")
