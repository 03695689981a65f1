"""Keeping by agreement: holds, longer keeping, disposal by two people, what is left of a case, and the certificate"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011_retention'
down_revision = '0010_calling'


def upgrade() -> None:
    op.add_column('agreement', sa.Column('retention_child_age', sa.Integer(), nullable=True))
    op.create_check_constraint('agreement_retention', 'agreement', 'retention_years BETWEEN 0 AND 100')
    op.create_check_constraint('agreement_retention_child', 'agreement', 'retention_child_age BETWEEN 18 AND 100')
    op.add_column('case_record', sa.Column('disposed_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint('case_of_family_or_person', 'case_record')
    op.create_check_constraint(
        'case_of_family_or_person', 'case_record',
        'num_nonnulls(family_id, person_id) = 1 OR disposed_at IS NOT NULL',
    )
    op.create_index('case_closed', 'case_record', ['closed_at'], unique=False, postgresql_where=sa.text('closed_at IS NOT NULL AND disposed_at IS NULL'))
    op.create_table('retention_stay',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('years', sa.Integer(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['decided_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_retention_stay_case_id'), 'retention_stay', ['case_id'], unique=False)
    op.create_table('retention_hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('reason_code', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('placed_by', sa.Uuid(), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_by', sa.Uuid(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_because', sa.String(), nullable=False),
    sa.CheckConstraint("reason_code IN ('legal', 'inquiry', 'complaint', 'subject-access', 'police', 'other')", name='retention_hold_reason'),
    sa.CheckConstraint('(lifted_at IS NULL) = (lifted_by IS NULL)', name='retention_hold_lifted_by_somebody'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['lifted_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['placed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('retention_hold_of_case', 'retention_hold', ['case_id'], unique=False)
    op.create_index('retention_hold_once', 'retention_hold', ['case_id'], unique=True, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('disposal_batch',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['made_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('disposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('refused', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('proposed', 'confirmed', 'done', 'withdrawn')", name='disposal_state'),
    sa.CheckConstraint('confirmed_by <> proposed_by', name='disposal_by_two'),
    sa.CheckConstraint("state NOT IN ('confirmed','done') OR num_nonnulls(confirmed_by, confirmed_at) = 2", name='disposal_confirmed_by_somebody'),
    sa.ForeignKeyConstraint(['batch_id'], ['disposal_batch.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['confirmed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['proposed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('disposal_of_batch', 'disposal', ['batch_id'], unique=False, postgresql_where=sa.text('batch_id IS NOT NULL'))
    op.create_index('disposal_once', 'disposal', ['case_id'], unique=True, postgresql_where=sa.text("state IN ('proposed','confirmed','done')"))
    op.create_index('disposal_to_do', 'disposal', ['confirmed_at'], unique=False, postgresql_where=sa.text("state = 'confirmed'"))
    op.create_table('disposal_certificate',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('disposal_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_id', sa.Uuid(), nullable=False),
    sa.Column('agreement_title', sa.String(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=False),
    sa.Column('kept_until', sa.Date(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('counts', postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.ForeignKeyConstraint(['confirmed_by'], ['worker.id'], ),
    sa.ForeignKeyConstraint(['proposed_by'], ['worker.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('disposal_id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('disposal_certificate_of_agency', 'disposal_certificate', ['agency_id', 'disposed_at'], unique=False)
    op.create_index(op.f('ix_disposal_certificate_case_id'), 'disposal_certificate', ['case_id'], unique=False)
    op.create_table('tombstone',
    sa.Column('thing_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agencies', postgresql.ARRAY(sa.Uuid()), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.id'], ),
    sa.PrimaryKeyConstraint('thing_id', 'case_id')
    )
    op.create_index('tombstone_of_case', 'tombstone', ['case_id'], unique=False)
    op.create_table('disposal_step',
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(), nullable=False),
    sa.Column('fate', sa.String(), nullable=False),
    sa.Column('condition', sa.String(), nullable=False),
    sa.Column('sets', sa.String(), nullable=False),
    sa.Column('tombstones', sa.String(), nullable=False),
    sa.CheckConstraint("fate IN ('delete', 'empty')", name='disposal_step_fate'),
    sa.PrimaryKeyConstraint('place')
    )
    op.create_table('retention_round',
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], ),
    sa.PrimaryKeyConstraint('agency_id')
    )
    op.create_index('retention_round_due', 'retention_round', ['due_at'], unique=False)
    _wall()
    _for_ever()
    _times()
    _steps()
    op.execute(DISPOSE)
    op.execute("REVOKE ALL ON FUNCTION dispose_of_case(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION dispose_of_case(uuid) TO hub_app")


def downgrade() -> None:
    raise RuntimeError("The Hub's schema only goes forward: restore a backup instead.")


def _wall() -> None:
    for table in ('retention_stay', 'retention_hold', 'disposal', 'disposal_certificate', 'tombstone'):
        using = f"(SELECT acts_as_the_hub()) OR EXISTS (SELECT FROM case_record c WHERE c.id = {table}.case_id)"
        if table == 'tombstone':  # who sent a referral, or was asked, stands outside the circle
            using += " OR agencies @> ARRAY[(SELECT my_agency())]"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO hub_app USING ({using})")
        op.execute(f"CREATE POLICY changes ON {table} FOR UPDATE TO hub_app USING ({using}) WITH CHECK (true)")
        op.execute(f"CREATE POLICY writes ON {table} FOR INSERT TO hub_app WITH CHECK (true)")


def _for_ever() -> None:
    """A certificate stays. What an agency said stays too, until the record it stands in is disposed of."""
    op.execute(
        "CREATE TRIGGER disposal_certificate_is_forever BEFORE UPDATE OR DELETE OR TRUNCATE ON disposal_certificate "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("REVOKE UPDATE ON disposal_certificate FROM hub_app")
    op.execute("REVOKE INSERT, UPDATE ON tombstone, disposal_step FROM hub_app")
    # The setting alone opens nothing: the service can make it, and is still refused because of who it is.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_user <> 'hub_app' AND current_setting('hub.disposing', true) = 'yes' THEN
                RETURN OLD;
            END IF;
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'position' THEN
                IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
                    AND to_jsonb(NEW) - 'superseded_at' = to_jsonb(OLD) - 'superseded_at'
                THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'what was said stays for ever: % of % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )


def _times() -> None:
    """The twins of the rules in Python: the same day so many years on, and until when a case is kept."""
    op.execute(
        """
        CREATE FUNCTION years_after(date, integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT ($1 + make_interval(years => $2))::date
                + CASE WHEN to_char($1, 'MMDD') = '0229' AND to_char($1 + make_interval(years => $2), 'DD') = '28'
                  THEN 1 ELSE 0 END
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION kept_until(uuid) RETURNS date LANGUAGE sql STABLE SET search_path = hub AS $$
            WITH c AS (
                SELECT id, (closed_at AT TIME ZONE 'Europe/London')::date AS closed_on
                FROM case_record WHERE id = $1 AND closed_at IS NOT NULL
            ), child AS (
                SELECT max(p.born_to) AS born
                FROM c JOIN involvement i ON i.case_id = c.id JOIN person p ON p.id = i.person_id
                WHERE years_after(p.born_to, 18) > c.closed_on
            ), own AS (
                SELECT a.retention_years, a.retention_child_age
                FROM case_agreement k JOIN agreement a ON a.id = k.agreement_id WHERE k.case_id = $1
            ), terms AS (
                SELECT * FROM own
                UNION ALL
                SELECT retention_years, retention_child_age FROM agreement
                WHERE tier = 1 AND NOT EXISTS (SELECT FROM own)
            )
            SELECT greatest(
                max(greatest(years_after(c.closed_on, t.retention_years), years_after(child.born, t.retention_child_age))),
                (SELECT max(until) FROM retention_stay WHERE case_id = $1)
            ) FROM c CROSS JOIN child CROSS JOIN terms t HAVING count(*) > 0
        $$
        """
    )


DISPOSE = """
CREATE FUNCTION dispose_of_case(disposal_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = hub, pg_temp AS $$
DECLARE
    d disposal%ROWTYPE;
    c case_record%ROWTYPE;
    step disposal_step%ROWTYPE;
    kept case_restriction%ROWTYPE;
    counts jsonb := '{}';
    touched bigint;
    copied uuid;
    referrals uuid[];
    people uuid[];
    families uuid[];
    addresses uuid[];
BEGIN
    SELECT * INTO d FROM disposal WHERE id = disposal_id FOR UPDATE;
    IF NOT FOUND OR d.state <> 'confirmed' OR d.confirmed_by IS NULL OR d.confirmed_by = d.proposed_by THEN
        RAISE EXCEPTION 'a second person has not confirmed it' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO c FROM case_record WHERE id = d.case_id FOR UPDATE;
    IF c.closed_at IS NULL OR c.disposed_at IS NOT NULL THEN
        RAISE EXCEPTION 'the case is open, or gone already' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF coalesce(kept_until(c.id) > (statement_timestamp() AT TIME ZONE 'Europe/London')::date, true) THEN
        RAISE EXCEPTION 'its time is not over' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM retention_hold WHERE case_id = c.id AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'it is on hold' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM conference WHERE case_id = c.id AND state IN ('scheduled', 'open'))
        OR EXISTS (SELECT FROM action WHERE case_id = c.id AND finished_at IS NULL)
        OR EXISTS (
            SELECT FROM contribution k
            JOIN problem_citation q ON q.contribution_id = k.id
            JOIN problem_statement s ON s.id = q.statement_id
            JOIN case_record o ON o.id = s.case_id
            WHERE k.case_id = c.id AND o.id <> c.id AND o.closed_at IS NULL
        )
    THEN
        RAISE EXCEPTION 'something about it is still open' USING ERRCODE = 'insufficient_privilege';
    END IF;

    referrals := ARRAY(SELECT id FROM referral WHERE case_id = c.id);
    -- People who stand in nothing else that is kept.
    people := ARRAY(
        SELECT DISTINCT p.id FROM (
            SELECT person_id AS id FROM involvement WHERE case_id = c.id OR referral_id = ANY (referrals)
            UNION SELECT person_id FROM referral_person WHERE referral_id = ANY (referrals)
            UNION SELECT person_id FROM family_member WHERE family_id = c.family_id
            UNION SELECT c.person_id
        ) p
        WHERE p.id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM involvement i WHERE i.person_id = p.id
            AND i.case_id IS DISTINCT FROM c.id AND (i.referral_id IS NULL OR i.referral_id <> ALL (referrals))
        )
        AND NOT EXISTS (
            SELECT FROM referral_person r
            WHERE (r.person_id = p.id OR r.perhaps @> ARRAY[p.id]) AND r.referral_id <> ALL (referrals)
        )
        AND NOT EXISTS (SELECT FROM case_record o WHERE o.person_id = p.id AND o.id <> c.id AND o.disposed_at IS NULL)
        AND NOT EXISTS (SELECT FROM voice v WHERE v.person_id = p.id AND v.case_id <> c.id)
        AND NOT EXISTS (SELECT FROM told_of t WHERE t.person_id = p.id AND t.case_id <> c.id)
        AND NOT EXISTS (SELECT FROM information_request r WHERE r.about @> ARRAY[p.id] AND r.case_id <> c.id)
        AND NOT EXISTS (
            SELECT FROM intervention_person x JOIN intervention i ON i.id = x.intervention_id
            WHERE x.person_id = p.id AND i.case_id <> c.id
        )
    );
    families := ARRAY(
        SELECT f.id FROM family f
        WHERE (f.id = c.family_id OR f.id IN (SELECT family_id FROM family_member WHERE person_id = ANY (people)))
        AND NOT EXISTS (SELECT FROM family_member m WHERE m.family_id = f.id AND m.person_id <> ALL (people))
        AND NOT EXISTS (SELECT FROM case_record o WHERE o.family_id = f.id AND o.id <> c.id AND o.disposed_at IS NULL)
    );
    addresses := ARRAY(
        SELECT DISTINCT r.address_id FROM residence r
        WHERE r.person_id = ANY (people)
        AND NOT EXISTS (SELECT FROM residence o WHERE o.address_id = r.address_id AND o.person_id <> ALL (people))
    );

    -- What kept the people from some keeps what is left of the case from them as well.
    FOR kept IN
        SELECT r.* FROM case_restriction r
        WHERE r.lifted_at IS NULL AND r.person_id IN (SELECT person_id FROM involvement WHERE case_id = c.id)
    LOOP
        copied := gen_random_uuid();
        INSERT INTO case_restriction (id, case_id, mode, reason_code, reason, set_by, set_at)
            VALUES (copied, c.id, kept.mode, kept.reason_code, '', kept.set_by, kept.set_at);
        INSERT INTO restriction_worker (id, restriction_id, worker_id, named_at)
            SELECT gen_random_uuid(), copied, worker_id, named_at FROM restriction_worker
            WHERE restriction_id = kept.id AND ended_at IS NULL;
    END LOOP;

    FOR step IN SELECT * FROM disposal_step WHERE tombstones <> '' ORDER BY place LOOP
        EXECUTE 'INSERT INTO tombstone (thing_id, case_id, agencies) SELECT t.id, $1, t.agencies FROM ('
            || step.tombstones || ') t (id, agencies) ON CONFLICT DO NOTHING'
            USING c.id, people, referrals, families, addresses;
    END LOOP;

    PERFORM set_config('hub.disposing', 'yes', true);
    FOR step IN SELECT * FROM disposal_step ORDER BY place LOOP
        EXECUTE CASE step.fate
            WHEN 'delete' THEN format('DELETE FROM %I WHERE %s', step.table_name, step.condition)
            ELSE format('UPDATE %I SET %s WHERE %s', step.table_name, step.sets, step.condition)
        END USING c.id, people, referrals, families, addresses;
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched > 0 AND (step.fate = 'delete' OR step.table_name = 'envelope') THEN
            counts := counts || jsonb_build_object(
                step.table_name, coalesce((counts ->> step.table_name)::bigint, 0) + touched
            );
        END IF;
    END LOOP;
    PERFORM set_config('hub.disposing', '', true);
    RETURN counts;
END $$
"""

OF_CASE = 'case_id = $1'
LEFT_BEHIND = 'subject_id IN (SELECT thing_id FROM tombstone WHERE case_id = $1)'
DECISIONS = 'decision_id IN (SELECT id FROM decision WHERE case_id = $1)'
OUTCOMES = 'outcome_id IN (SELECT id FROM outcome WHERE case_id = $1)'
REQUESTS = 'SELECT id FROM information_request WHERE case_id = $1'
OF_REFERRAL = 'referral_id = ANY ($3)'
OF_PERSON = 'person_id = ANY ($2)'

# (table, fate, condition, what is set, tombstones): children before what they point to.
STEPS = (
    ('draft', 'delete', OF_CASE, '', ''),
    ('presence', 'delete', OF_CASE, '', ''),
    ('last_look', 'delete', OF_CASE, '', ''),
    ('notice', 'delete', f'{OF_CASE} OR {LEFT_BEHIND}', '', ''),
    ('reminder', 'delete', LEFT_BEHIND, '', ''),
    ('handover_note', 'delete', OF_CASE, '', ''),
    ('handover_item', 'delete', OF_CASE, '', ''),
    ('dissent_answer', 'delete', f'position_id IN (SELECT id FROM position WHERE {DECISIONS})', '', ''),
    ('position', 'delete', DECISIONS, '', f'SELECT id, NULL::uuid[] FROM position WHERE {DECISIONS}'),
    ('decision_option', 'delete', DECISIONS, '', ''),
    ('between_meetings', 'delete', OF_CASE, '', ''),
    ('action', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM action WHERE case_id = $1'),
    ('decision', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM decision WHERE case_id = $1'),
    ('invitee', 'delete', 'conference_id IN (SELECT id FROM conference WHERE case_id = $1)', '', ''),
    ('conference', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM conference WHERE case_id = $1'),
    ('clash_intervention', 'delete', OF_CASE, '', 'SELECT clash_id, NULL::uuid[] FROM clash_intervention WHERE case_id = $1'),
    ('clash', 'delete', 'id IN (SELECT thing_id FROM tombstone WHERE case_id = $1) '
        'AND NOT EXISTS (SELECT FROM clash_intervention x WHERE x.clash_id = clash.id)', '', ''),
    ('clash', 'empty', 'people && $2', 'people = ARRAY(SELECT one FROM unnest(people) one WHERE one <> ALL ($2))', ''),
    ('intervention_person', 'delete', 'intervention_id IN (SELECT id FROM intervention WHERE case_id = $1)', '', ''),
    ('intervention', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM intervention WHERE case_id = $1'),
    ('measure', 'delete', OUTCOMES, '', ''),
    ('objective', 'delete', OUTCOMES, '', ''),
    ('outcome', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM outcome WHERE case_id = $1'),
    ('restatement', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM restatement WHERE case_id = $1'),
    ('framing', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM framing WHERE case_id = $1'),
    ('wall_line', 'delete', OF_CASE, '', ''),
    ('framing_round', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM framing_round WHERE case_id = $1'),
    ('risk_position', 'delete', OF_CASE, '', ''),
    ('problem_tag', 'delete', OF_CASE, '', ''),
    ('problem_citation', 'delete', 'statement_id IN (SELECT id FROM problem_statement WHERE case_id = $1) '
        'OR contribution_id IN (SELECT id FROM contribution WHERE case_id = $1)', '', ''),
    ('problem_statement', 'delete', OF_CASE, '', ''),
    ('comment', 'delete', OF_CASE, '', ''),
    ('contribution', 'delete', OF_CASE, '',
        'SELECT one, NULL::uuid[] FROM contribution, unnest(ARRAY[id, thread_id]) one WHERE case_id = $1'),
    ('spoken_share', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM spoken_share WHERE case_id = $1'),
    ('request_reply', 'delete', f'asked_id IN (SELECT id FROM asked_agency WHERE request_id IN ({REQUESTS}))', '',
        f'SELECT r.id, ARRAY[a.agency_id] FROM request_reply r JOIN asked_agency a ON a.id = r.asked_id WHERE a.request_id IN ({REQUESTS})'),
    ('asked_agency', 'delete', f'request_id IN ({REQUESTS})', '',
        f'SELECT id, ARRAY[agency_id] FROM asked_agency WHERE request_id IN ({REQUESTS})'),
    ('information_request', 'delete', OF_CASE, '',
        'SELECT id, ARRAY(SELECT a.agency_id FROM asked_agency a WHERE a.request_id = r.id) FROM information_request r WHERE r.case_id = $1'),
    ('escalation_step', 'delete', 'escalation_id IN (SELECT id FROM escalation WHERE case_id = $1)', '', ''),
    ('escalation', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM escalation WHERE case_id = $1'),
    ('event_pair', 'delete', OF_CASE, '', ''),
    ('contradiction', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM contradiction WHERE case_id = $1'),
    ('voice', 'delete', OF_CASE, '', ''),
    ('told_of', 'delete', OF_CASE, '', ''),
    ('accountability', 'delete', OF_CASE, '', 'SELECT id, NULL::uuid[] FROM accountability WHERE case_id = $1'),
    ('case_grant', 'delete', OF_CASE, '', ''),
    ('restriction_worker', 'delete', f'restriction_id IN (SELECT id FROM case_restriction WHERE {OF_PERSON})', '', ''),
    ('case_restriction', 'delete', OF_PERSON, '', ''),
    ('case_restriction', 'empty', OF_CASE, "reason = ''", ''),
    ('circle_seat', 'delete', OF_REFERRAL, '', ''),
    ('circle_seat', 'empty', OF_CASE, "early_reason = '', basis = ''", ''),
    ('case_agreement', 'empty', f'{OF_CASE} AND ended_at IS NULL', 'ended_at = statement_timestamp()', ''),
    ('retention_stay', 'empty', OF_CASE, "reason = ''", ''),
    ('retention_hold', 'empty', OF_CASE, "words = '', lifted_because = ''", ''),
    ('involvement', 'delete', f'{OF_CASE} OR {OF_REFERRAL}', '',
        'SELECT person_id, NULL::uuid[] FROM involvement WHERE case_id = $1'),
    ('envelope', 'empty', OF_REFERRAL, "body = '', their_reference = '', faults = NULL, referral_id = NULL", ''),
    ('referral_person', 'delete', OF_REFERRAL, '', ''),
    ('referral', 'delete', 'id = ANY ($3)', '',
        'SELECT r.id, ARRAY(SELECT s.agency_id FROM circle_seat s WHERE s.referral_id = r.id AND s.left_at IS NULL) FROM referral r WHERE r.id = ANY ($3)'),
    ('identifier', 'delete', OF_PERSON, '', ''),
    ('other_name', 'delete', OF_PERSON, '', ''),
    ('residence', 'delete', OF_PERSON, '', ''),
    ('address', 'delete', 'id = ANY ($5)', '', ''),
    ('tie', 'delete', 'from_id = ANY ($2) OR to_id = ANY ($2)', '', ''),
    ('family_member', 'delete', OF_PERSON, '', ''),
    ('case_record', 'empty', 'id = $1',
        "rating = NULL, rating_reason = '', rated_at = NULL, problem = '', problem_agencies = 0, closing_reason = '', "
        "due_code = '', due_at = NULL, disposed_at = statement_timestamp()",
        'SELECT id, NULL::uuid[] FROM case_record WHERE id = $1 UNION ALL SELECT family_id, NULL FROM case_record WHERE id = $1 AND family_id IS NOT NULL'),
    ('case_record', 'empty', 'disposed_at IS NOT NULL AND person_id = ANY ($2)', 'person_id = NULL', ''),
    ('case_record', 'empty', 'disposed_at IS NOT NULL AND family_id = ANY ($4)', 'family_id = NULL', ''),
    ('person', 'delete', 'id = ANY ($2)', '', ''),
    ('family', 'delete', 'id = ANY ($4)', '', ''),
)


def _steps() -> None:
    steps = sa.table(
        'disposal_step', *(sa.column(name) for name in ('place', 'table_name', 'fate', 'condition', 'sets', 'tombstones'))
    )
    names = ('table_name', 'fate', 'condition', 'sets', 'tombstones')
    op.bulk_insert(
        steps, [{'place': 10 * place, **dict(zip(names, step, strict=True))} for place, step in enumerate(STEPS, start=1)]
    )
