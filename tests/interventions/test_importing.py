"""A file brought in: read whatever its columns' order, looked at before it is written, and written whole or not at all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies.tables import Worker
from hub.errors import Refused
from hub.interventions.csv_rows import MOST_ROWS, refused_csv, rows_of
from hub.interventions.jobs import forget_files
from hub.interventions.tables import InterventionImport
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case, make_person

Make = Callable[[], Browser]
HEAD = "Start;reference;Kind;people;end;repeats;hours_from;hours_to;odd\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("27/3/2026 10:00;A;Home visit;P-1;;weekly;;;", ""),
        ("2026-03-27;A;R.CURFEW;P-1;;;19:00;07:00;kept", ""),
        ("27.3.2026 10.00;A;V.HV;P-1;27/3/2026 11:00;;;;", ""),
        ("tomorrow;A;V.HV;P-1;;;;;", "We cannot read the start"),
        ("31/2/2026;A;V.HV;P-1;;;;;", "no such day"),
        ("27/3/2026;;V.HV;P-1;;;;;", "Enter the reference"),
        ("27/3/2026;A;Some thing;P-1;;;;;", "do not know this kind"),
        ("27/3/2026;A;X.MARAC;P-1;;;;;", "do not know this kind"),
        ("27/3/2026;A;V.HV;P-1;;hourly;;;", "cannot read how it repeats|day, week"),
        ("27/3/2026;A;V.HV;;;;;;", "Say who it is for"),
        ("27/3/2026;A;V.HV;P-1;;;;;;;more", "more cells"),
    ],
)
def test_a_row_is_read_or_refused_with_its_reason(line: str, why: str) -> None:
    import re

    (row,) = rows_of(HEAD + line)
    assert bool(row.refused) == bool(why) and re.search(why, row.refused)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Choose a file"),
        ("a,b\n1,2", "Missing: reference, kind, people, start"),
        ("reference,kind,people,start\n", "no rows"),
        ("reference,kind,people,start,start\nA,V.HV,P,2026-01-01,2026-01-01", "same name"),
        ("reference,kind,people,start\n" + "A,V.HV,P,2026-01-01\n" * (MOST_ROWS + 1), "more than 2,000"),
        ("x" * 600_000, "larger than 512 KB"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        rows_of(text)


def test_a_reference_that_stands_twice_is_refused_the_second_time() -> None:
    first, second = rows_of("reference,kind,people,start\nA,V.HV,P,2026-01-01\nA,V.HV,P,2026-01-02")
    assert not first.refused and "twice" in second.refused


def test_what_a_spreadsheet_would_run_is_made_harmless() -> None:
    (row,) = rows_of("reference,kind,people,start,note\nA,V.HV,P,never,=1+1")
    assert "'=1+1" in refused_csv([(row, "why")])


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        rows_of("reference,kind,people,start\n" + text)
    except Refused as refusal:
        assert refusal.sentence


@pytest.fixture
async def leader(session: AsyncSession, world: World, browser: Make) -> Browser:
    await session.execute(update(Worker).where(Worker.id == world.workers["health"].id).values(roles=["leader"]))
    await session.commit()
    return await browser().sign_in("health")


async def test_a_file_is_looked_at_then_written_once_and_changed_by_the_next(
    leader: Browser, session: AsyncSession, world: World
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    hidden = await make_case(
        session, world, person=await make_person(session, "Not", "Ours"), agencies=("council", "police")
    )
    await session.commit()
    text = (
        "people,start,kind,reference,case,repeats\n"
        f"{person.reference},12/3/2027 10:00,Home visit,A,{case.reference},weekly\n"
        "Ayo Testcase 2016-05-14,2027-03-13,L.CIN,B,,\n"
        f"{person.reference},12/3/2027 10:00,V.HV,C,{hidden.reference},\n"
        f"{person.reference},12/3/2027 10:00,V.HV,D,TV-NONE,\n"
        "Nobody Known 2001-01-01,12/3/2027,V.HV,E,,\n"
    )
    answer = await leader.submit("/intervention-files", {"rows": text})
    assert answer.status_code == 303
    page = answer.headers["location"]
    html = (await leader.get(page)).text
    assert (
        "<strong>2</strong> new" in html and "<strong>3</strong> refused" in html and "Nothing has been written" in html
    )
    assert html.count("There is no open case of this reference") == 2  # hidden and absent alike
    assert await rows(session, "SELECT 1 FROM intervention") == []
    refused = await leader.get(f"{page}/refused.csv")
    assert refused.text.count("\n") >= 4 and "attachment" in refused.headers["content-disposition"]
    assert (await leader.submit(f"{page}/confirm", {})).status_code == 303
    assert await rows(session, "SELECT their_reference, source, repeats FROM intervention ORDER BY 1") == [
        ("A", "imported", "FREQ=WEEKLY"), ("B", "imported", ""),
    ]  # fmt: skip
    assert (await leader.submit(f"{page}/confirm", {})).status_code == 409
    again = await leader.submit("/intervention-files", {"rows": text.replace("Home visit", "V.STAT")})
    html = (await leader.get(again.headers["location"])).text
    assert "<strong>1</strong> changed" in html and "<strong>1</strong> unchanged" in html
    await leader.submit(f"{again.headers['location']}/confirm", {})
    assert await rows(session, "SELECT kind FROM intervention WHERE their_reference = 'A'") == [("V.STAT",)]


async def test_a_file_can_be_uploaded(leader: Browser, session: AsyncSession, world: World) -> None:
    key = await leader.key("/intervention-files/new")
    content = "reference,kind,people,start\nA,V.HV,Nobody Here 2000-01-01,2027-03-12\n".encode("utf-8-sig")
    answer = await leader.post(
        "/intervention-files", data={"_key": key}, files={"file": ("visits.csv", content, "text/csv")}
    )
    assert answer.status_code == 303
    assert "visits.csv" in (await leader.get(answer.headers["location"])).text
    key = await leader.key("/intervention-files/new")
    answer = await leader.post(
        "/intervention-files", data={"_key": key}, files={"file": ("visits.csv", b"\xff\xfe\x00x", "text/csv")}
    )
    assert answer.status_code == 422 and "CSV UTF-8" in answer.text


async def test_only_leaders_and_coordinators_and_only_whoever_brought_it(
    leader: Browser, session: AsyncSession, world: World, browser: Make
) -> None:
    answer = await leader.submit(
        "/intervention-files", {"rows": "reference,kind,people,start\nA,V.HV,Nobody Here 2000-01-01,2027-03-12"}
    )
    path = answer.headers["location"]
    frontline = await browser().sign_in("police")
    assert (await frontline.get("/intervention-files/new")).status_code == 403
    await session.execute(update(Worker).where(Worker.id == world.workers["council"].id).values(roles=["leader"]))
    await session.commit()
    other = await browser().sign_in("council")
    assert (await other.get(path)).status_code == 404
    assert (await other.get(f"{path}/refused.csv")).status_code == 404
    assert (await other.submit(f"{path}/confirm", {})).status_code == 404


async def test_a_file_is_forgotten_after_thirty_days(session: AsyncSession, maker: Maker, world: World) -> None:
    council = world.viewer("council")
    for days in (29, 31):
        session.add(
            InterventionImport(
                agency_id=council.agency_id,
                made_by=council.worker_id,
                rows=1,
                content="reference\nA",
                made_at=clock.now() - timedelta(days=days),
            )
        )
    await session.commit()
    assert await forget_files(maker) == 1
    assert await rows(session, "SELECT content FROM intervention_import ORDER BY made_at") == [("",), ("reference\nA",)]
    assert await forget_files(maker) == 0
