"""Nothing is forgotten when a case is disposed of: every table that can hold its words is taken out, emptied, or excused.

Who adds a table adds a row to `disposal_step` in the same migration, with the table's condition; or says here why what
it holds may stay.
"""

import re
from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from hub.retention.queries import steps
from hub.retention.rules import COUNTED
from hub.retention.tables import DisposalStep
from tests.house.test_tables import needs_a_class

EXCUSED = {
    "agency": "names no family",
    "agreement": "names no family",
    "agreement_partner": "names no family",
    "deputy": "who stands in for whom, among workers",
    "intervention_import": "an agency’s own file, emptied by the clock",
    "role_change": "a worker’s roles, and why",
    "worker_calendar": "a worker’s own calendar",
    "sitting": "when and where a list of cases is heard; its cases go with `sitting_item`",
    "sitting_member": "who sits there; why a worker cannot come",
    "handover": "who handed over to whom; what and why goes with `handover_item` and `handover_note`",
    "partnership": "names no family",
    "role_card": "names no family",
    "sending_system": "names no family",
    "sign_in_session": "a worker’s own, forgotten by the clock",
    "sign_in_try": "a worker’s own, forgotten by the clock",
    "submission": "a worker’s own, forgotten by the clock",
    "system_key": "names no family",
    "worker": "people at work, not of a family",
    "event": "the ledger: identities and codes, never words; it would no longer be whole",
    "ledger_leaf": "the ledger",
    "ledger_head": "the ledger",
    "ledger_checkpoint": "the ledger",
    "disclosure": "who gave what kind of thing to whom and under which power: identities and codes, as in the ledger",
    "disposal": "who proposed and who confirmed; the Hub’s own words for why it was put off",
    "disposal_batch": "who confirmed several together",
    "disposal_certificate": "what was disposed of, in counts",
    "disposal_step": "the plan itself",
    "tombstone": "what is left",
    "retention_round": "when an agency’s guardians are told",
}
"""Tables that a disposal does not touch, and why."""
ROOTS = {"case_record", "person", "family", "referral"}


def holding(table: Table) -> list[str]:
    """The columns that are personal or sensitive."""
    return [
        one.name for one in table.columns if needs_a_class(one) and one.info.get("class") in ("personal", "sensitive")
    ]


def reaches_a_case(table: Table, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a table's keys lead, over any number of others, to a case, a person, a family or a referral."""
    if table.name in ROOTS:
        return True
    return any(
        key.column.table.name not in seen and reaches_a_case(key.column.table, seen | {table.name})
        for key in table.foreign_keys
    )


def unknown(tables: Sequence[Table], plan: Sequence[DisposalStep]) -> list[str]:
    """The tables that can hold something of a case and that disposal neither touches nor is excused from."""
    known = {step.table_name for step in plan} | set(EXCUSED)
    return [
        table.name
        for table in tables
        if table.name not in known and (holding(table) or reaches_a_case(table) or "case_id" in table.columns)
    ]


async def test_every_table_that_can_hold_words_of_a_case_is_known_to_disposal(session: AsyncSession) -> None:
    assert unknown(SQLModel.metadata.sorted_tables, await steps(session)) == []


async def test_a_table_added_tomorrow_is_noticed(session: AsyncSession) -> None:
    plan = await steps(session)
    for forgotten in ("contribution", "voice", "dissent_answer", "other_name", "draft"):
        left = [step for step in plan if step.table_name != forgotten]
        assert unknown(SQLModel.metadata.sorted_tables, left) == [forgotten]


async def test_what_stays_is_emptied_of_everything_personal_and_sensitive(session: AsyncSession) -> None:
    plan = await steps(session)
    deleted = {step.table_name for step in plan if step.fate == "delete"}
    for table in SQLModel.metadata.sorted_tables:
        emptied = " ".join(step.sets for step in plan if step.table_name == table.name and step.fate == "empty")
        if emptied and table.name != "clash":  # one that another case shares stays that case's
            left = [name for name in holding(table) if not re.search(rf"\b{name} = (''|NULL)", emptied)]
            assert left == [], table.name
        elif table.name not in deleted | set(EXCUSED):
            assert not holding(table) or emptied, table.name


async def test_children_go_before_what_they_point_to(session: AsyncSession) -> None:
    last = {step.table_name: step.place for step in await steps(session) if step.fate == "delete"}
    tables = SQLModel.metadata.tables
    for name, place in last.items():
        for key in tables[name].foreign_keys:
            parent = key.column.table.name
            if parent in last and parent != name:
                assert place < last[parent], f"{name} points to {parent}"


def test_excuses_are_of_tables_that_exist() -> None:
    assert set(EXCUSED) <= set(SQLModel.metadata.tables)
    assert set(COUNTED) <= set(SQLModel.metadata.tables)


async def test_the_service_cannot_write_the_plan_nor_a_tombstone(session: AsyncSession) -> None:
    from tests.conftest import rows

    granted = await rows(
        session,
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'hub_app' "
        "AND table_name IN ('disposal_step', 'tombstone', 'disposal_certificate') ORDER BY 1, 2",
    )
    assert granted == [
        ("disposal_certificate", "INSERT"),
        ("disposal_certificate", "SELECT"),
        ("disposal_step", "SELECT"),
        ("tombstone", "SELECT"),
    ]


async def test_whatever_goes_has_a_name_on_the_certificate(session: AsyncSession) -> None:
    assert {step.table_name for step in await steps(session) if step.fate == "delete"} - set(COUNTED) == set()
