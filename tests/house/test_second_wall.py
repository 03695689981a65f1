"""The second wall: every table stands behind it, or says why not; and whoever looks past it is on a list."""

import re
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import act_for
from tests.conftest import rows
from tests.makers import World, make_case, make_contribution

SOURCE = Path(__file__).parents[2] / "src" / "hub"
WITHOUT = {
    "names no family": {
        "agency", "agreement", "agreement_partner", "alembic_version", "clash_night", "clash_rule", "clash_rule_change",
        "conference_kind", "deputy", "disposal_step", "partnership", "retention_round", "role_card", "role_change",
        "sending_system", "sign_in_session", "sign_in_try", "sitting", "sitting_member", "submission", "system_key", "worker",
    },
    "what the wall itself asks": {
        "case_agreement", "case_grant", "case_restriction", "circle_seat", "involvement", "restriction_worker",
    },
    "reached only through a row behind the wall": {
        "clash", "clash_answer", "clash_intervention", "visit_proposal", "decision_option", "dissent_answer", "intervention_person", "invitee", "measure",
        "objective", "position", "problem_citation", "reminder", "escalation_step", "handover", "handover_item", "handover_note",
        "declared_interest", "sitting_item", "agenda_item", "line_amendment", "line_answer", "minutes_approval", "position_ask",
        "report_ask", "statement_signature",
    },
    "read across circles: the intake, matching and search hold people and referrals apart by their own rule": {
        "address", "envelope", "family", "family_member", "identifier", "other_name", "person", "referral", "referral_person",
        "residence", "tie",
    },
    "reaches an agency outside the circle on purpose": {"asked_agency", "information_request", "request_reply"},
    "a worker's own": {"draft", "last_look", "notice", "presence", "disposal_batch", "worker_calendar"},
    "says who did or answers for what, and holds no words": {
        "accountability", "event", "ledger_checkpoint", "ledger_head", "ledger_leaf",
    },
}  # fmt: skip
LOOKS_PAST = {
    "access/queries.py": 2,
    "calendars/busy.py": 1,
    "calling/queries.py": 1,
    "clashes/guarding.py": 1,
    "insight/pages.py": 2,
    "preparing/queries.py": 1,
    "requests/queries.py": 1,
    "sittings/changes.py": 3,
}
"""How often each file looks past the wall."""


async def test_every_table_stands_behind_the_wall_or_says_why_not(session: AsyncSession) -> None:
    found = await rows(
        session,
        "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r'",
    )
    excused = set().union(*WITHOUT.values())
    assert {name for name, walled in found if not walled} - excused == set()
    assert {name for name, walled in found if walled} & excused == set()


def test_whoever_looks_past_the_wall_is_on_the_list() -> None:
    found = {
        str(path.relative_to(SOURCE)): len(re.findall(r"beyond_the_wall\(session\)", path.read_text()))
        for path in SOURCE.rglob("*.py")
        if path.name != "database.py" and "beyond_the_wall(session)" in path.read_text()
    }
    assert found == LOOKS_PAST


async def test_a_session_that_acts_for_nobody_finds_nothing(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await make_contribution(session, world, case)
    await session.flush()
    await act_for(session, None, None)
    for table in ("case_record", "contribution", "problem_statement"):
        assert await rows(session, f"SELECT 1 FROM {table}") == [], table  # noqa: S608
    await act_for(session, world.workers["police"].id, world.id("police"))
    assert len(await rows(session, "SELECT 1 FROM contribution")) == 1
