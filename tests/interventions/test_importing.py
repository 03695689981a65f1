"""A file brought in: read whatever its columns' order, looked at before it is written, and written whole or not at all."""

import csv
import io
from collections.abc import Callable
from datetime import time, timedelta
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies.tables import Worker
from hub.errors import Refused
from hub.interventions import guarding, queries
from hub.interventions.csv_rows import COLUMNS, LONGEST, MOST_ROWS, columns_of, refused_csv, rows_of
from hub.interventions.incoming import left_out, schema
from hub.interventions.jobs import forget_files
from hub.interventions.plans import Excluded
from hub.interventions.rules import PlaceKind
from hub.interventions.tables import Intervention, InterventionImport
from hub.people.changes import involve
from hub.people.identifiers import check
from hub.referrals import hooks
from tests.conftest import Browser, Maker, rows
from tests.interventions.test_incoming import message, push
from tests.makers import NOW, World, make_case, make_person
from tests.referrals.test_hooks import System

Make = Callable[[], Browser]
HEAD = "Start;reference;Kind;people;end;repeats;hours_from;hours_to;odd\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("27/3/2026 10:00;A;Home visit;P-1;;weekly;;;", ""),
        ("2026-03-27;A;R.CURFEW;P-1;;;19:00;07:00;kept", ""),
        ("27.3.2026 10.00;A;V.HV;P-1;27/3/2026 11:00;;;;", ""),
        ("tomorrow;A;V.HV;P-1;;;;;", "start: We cannot read the day"),
        ("31/2/2026;A;V.HV;P-1;;;;;", "no such day"),
        ("27/3/2026;;V.HV;P-1;;;;;", "reference: Enter what"),
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
        ("\ufeff", "Choose a file"),
        (",,\n,,", "Missing: reference"),
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
        rows_of("start,reference,kind,people,apart,places,exdates,repeats\n" + text)
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


WHOLE = {"reference": "A", "kind": "R.BAIL", "people": "P-ABC-DEF", "start": "27/3/2026", "end": "30/6/2026"}


def a_file(*records: dict[str, str], names: list[str] | None = None) -> str:
    """A file with a row for each record, under the columns that any of them has."""
    names = names or list(dict.fromkeys(name for record in records for name in record))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([names, *([record.get(name, "") for name in names] for record in records)])
    return out.getvalue()


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("places", "4 Mill Lane (UPRN 100012345); area: Northvale market ;online: her page", "excluded", [
            Excluded("4 Mill Lane", PlaceKind.address, "100012345"), Excluded("Northvale market", PlaceKind.area),
            Excluded("her page", PlaceKind.online),
        ]),
        ("excluded", "The park", "excluded", [Excluded("The park")]),
        ("place_kind", "Area", "place_kind", PlaceKind.area),
        ("household", "yes", "for_household", True),
        ("transfer", "Y", "transfer", True),
        ("out_of_area", "1", "out_of_area", True),
        ("outOfArea", "true", "out_of_area", True),
        ("covert", "yes", "covert", True),
        ("covert", "no", "covert", False),
        ("address_confidential", "yes", "confidential_address", True),
        ("Address Confidential", "yes", "confidential_address", True),
        ("target", "contact with father", "target", "contact with father"),
        ("polarity", "Away", "polarity", "away"),
        ("polarity", "sideways", "as_sent", {"polarity": "sideways"}),
        ("place_kind", "moon", "as_sent", {"place/kind": "moon"}),
        ("level", "Very high", "level", "very-high"),
        ("contact", "'+44 7700 900123", "contact", "+44 7700 900123"),
        ("contact", "+44 7700 900123", "contact", "+44 7700 900123"),
    ],
)  # fmt: skip
def test_a_column_says_what_the_hook_says(column: str, cell: str, field: str, value: object) -> None:
    (row,) = rows_of(a_file(WHOLE | {column: cell}))
    assert not row.refused and row.told is not None
    assert getattr(row.told.planned([]), field) == value


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"places": "; ".join(["The park"] * 21)}, "places: Name 20 places at most"),
        ({"places": "x" * 301}, "places: Name each place with up to 300"),
        ({"places": "area:"}, "places: Name each place"),
        ({"places": "4 Mill Lane (UPRN 1234567890123)"}, "places: Write a UPRN after its place"),
        ({"uprn": "12a"}, "uprn: A UPRN is up to 12 digits"),
        ({"apart": "P-A and P-B and P-C"}, "apart: Write two people in each pair"),
        ({"apart": ";".join(["P-A"] * 61)}, "apart: Name 60 pairs at most"),
        ({"exdates": "3/4/2026"}, "exdates: Only what repeats"),
        ({"exdates": "4/4/2026", "repeats": "weekly"}, "exdates: It has no time on 4/4/2026 to leave out: correct"),
        ({"exdates": "soon", "repeats": "weekly"}, "exdates: We cannot read the day: use"),
        ({"hours_from": "19:00"}, "hours_to: Give both hours"),
        ({"hours_to": "07:00"}, "hours_from: Give both hours"),
        ({"hours_from": "25:00", "hours_to": "07:00"}, "hours_from: Write the hour of the curfew such as"),
        ({"covert": "maybe"}, "covert: Write yes or no"),
        ({"household": "both"}, "household: Write yes or no"),
        ({"transfer": "x"}, "transfer: Write yes or no"),
        ({"out_of_area": "x"}, "out_of_area: Write yes or no"),
        ({"address_confidential": "x"}, "address_confidential: Write yes or no"),
        ({"target": "x" * 201}, "target: Write it with 200 characters or fewer"),
        ({"polarity": "x" * 65}, "polarity: Write it with 64 characters"),
        ({"place_kind": "x" * 65}, "place_kind: Write it with 64 characters"),
        ({"team": "one\ntwo"}, "team: The cell holds a line break"),
        ({"start": "31/2/2026"}, "start: There is no such day or hour: use"),
        ({"end": "never"}, "end: We cannot read the day: use"),
        ({"repeats": "hourly"}, "repeats: "),
        ({"reference": ""}, "reference: Enter"),
        ({"people": " ; "}, "people: Say who it is for"),
        ({"kind": "X.MARAC"}, "kind: We do not know this kind. Use its code"),
    ],
)
def test_a_refused_row_says_which_column_and_what_to_do(cells: dict[str, str], why: str) -> None:
    (row,) = rows_of(a_file(WHOLE | cells))
    assert row.refused.startswith(why)


def test_every_field_of_the_hook_has_a_column() -> None:
    fields = schema()["properties"]["data"]["properties"]
    assert list(fields["place"]["properties"]) == ["text", "kind", "uprn"] and len(fields["hours"]["properties"]) == 2
    named = set(fields) - {"sequence", "hours"} | {"place_kind", "uprn", "hours_from", "hours_to"}
    assert set(columns_of(sorted(named))) == set(COLUMNS) - {"case"}
    for name, limit in ((name, field.get("maxLength")) for name, field in fields.items()):
        if limit and name in LONGEST:
            assert LONGEST[name] == limit, name


def test_columns_without_a_name_and_empty_rows_are_passed_over_and_rows_keep_their_number() -> None:
    text = (
        "\ufeff\n;start;reference;kind;people;\n;;;;;\n;27/3/2026;A;V.HV;P-1;\n;27/3/2026;B\n;27/3/2026;C;V.HV;P-1;x\n"
    )
    first, short, over = rows_of(text)
    assert (first.number, first.refused) == (4, "") and short.number == 5
    assert short.refused == "people: Say who it is for" and "more cells than named columns" in over.refused


def test_what_was_refused_can_be_mended_and_brought_in_again() -> None:
    (row,) = rows_of(a_file(WHOLE | {"contact": "+44 7700 900123", "end": "never", "theirs": "kept"}))
    again = refused_csv([(row, row.refused)])
    assert "'+44" in again
    (row,) = rows_of(again.replace("never", "1/7/2026", 2).replace(f'"{row.refused}"', "mended"))
    assert not row.refused and row.told is not None
    assert row.told.plain["contact"] == "+44 7700 900123" and row.told.as_sent == {"theirs": "kept"}


@pytest.mark.parametrize(
    ("start", "exdate", "utc"),
    [
        ("1/3/2026 10:00", "5/4/2026", "2026-04-05T09:00"),  # after the clocks have gone forward
        ("2026-03-01T10:00:00Z", "5/4/2026", "2026-04-05T09:00"),
        ("1/3/2026 10:00", "5/4/2026 10:00", "2026-04-05T09:00"),
        ("1/3/2026", "5/4/2026", "2026-04-04T23:00"),
        ("2026-03-29T09:00:00+01:00", "5/4/2026", "2026-04-05T08:00"),
    ],
)
def test_a_day_that_is_left_out_leaves_out_its_time(start: str, exdate: str, utc: str) -> None:
    (row,) = rows_of(a_file(WHOLE | {"start": start, "end": "", "repeats": "weekly", "exdates": exdate}))
    assert row.told is not None, row.refused
    assert [f"{one:%Y-%m-%dT%H:%M}" for one in row.told.left_out] == [utc]
    told_by_hook = row.told.when.starts_at.isoformat() if ":" in start else "2026-03-01"
    assert left_out(["2026-04-05"], told_by_hook) == row.told.left_out


async def of_file(leader: Browser, text: str) -> tuple[str, str]:
    """Brings in a file; gives the address and the words of what it would do."""
    answer = await leader.submit("/intervention-files", {"rows": text})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"], (await leader.get(answer.headers["location"])).text


async def written(leader: Browser, text: str) -> None:
    page, _ = await of_file(leader, text)
    answer = await leader.submit(f"{page}/confirm", {})
    assert answer.status_code == 303, answer.text


EVERYTHING = {
    "interventionId": "BOTH-1", "kind": "R.BAIL", "start": "2026-03-15T10:00", "end": "2026-03-15T11:00",
    "rrule": "FREQ=WEEKLY", "exdates": ["2026-04-05"], "status": "pending", "team": "Offender unit",
    "contact": "Desk", "worker": "nobody@elsewhere.example", "place": {"text": "Police station", "kind": "address",
    "uprn": "100012345"}, "places": [{"text": "Northvale market", "kind": "area"}, {"text": "4 Mill Lane", "uprn": "7"}],
    "hours": {"from": "19:00", "to": "07:00"}, "apart": [[0, 1]], "mandatory": True, "joint": True, "household": True,
    "transfer": True, "outOfArea": True, "covert": True, "addressConfidential": True, "level": "gold",
    "polarity": "away", "target": "contact with father", "programme": "Building better relationships",
    "note": "Until the hearing; see the order.", "reason": "",
}  # fmt: skip
THE_SAME = {
    "reference": "BOTH-1", "kind": "Bail conditions", "start": "15/3/2026 10:00", "end": "15/3/2026 11:00",
    "repeats": "weekly", "exdates": "5/4/2026", "status": "pending", "team": "Offender unit", "contact": "Desk",
    "worker": "nobody@elsewhere.example", "place": "Police station", "place_kind": "address", "uprn": "100012345",
    "places": "area: Northvale market; 4 Mill Lane (UPRN 7)", "hours_from": "19:00", "hours_to": "07:00",
    "apart": "Ayo Testcase 2016-05-14 and Bo Testcase 14/5/2016", "mandatory": "yes", "joint": "yes",
    "household": "yes", "transfer": "yes", "out_of_area": "yes", "covert": "yes", "address_confidential": "yes",
    "level": "gold", "polarity": "away", "target": "contact with father",
    "programme": "Building better relationships", "note": "Until the hearing; see the order.", "reason": "",
}  # fmt: skip


async def test_the_same_record_by_hook_and_by_file_enters_the_same(
    browser: Make, session: AsyncSession, maker: Maker, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_from_source", "_from_address"):
        monkeypatch.setattr(hooks, name, hooks.Bucket(600, 100))
    numbers = ["9990000018", "9990000026"]
    checked = [[(number, check("nhs-number", number, today=NOW.date()))] for number in numbers]
    people = [
        await make_person(session, given, identifiers=one) for given, one in zip(("Ayo", "Bo"), checked, strict=True)
    ]
    case = await make_case(session, world, person=people[0])
    await involve(session, person_id=people[1].id, roles=["parent"], case_id=case.id, at=NOW)
    await session.execute(update(Worker).where(Worker.id == world.workers["police"].id).values(roles=["leader"]))
    await session.commit()
    system = browser()
    del system.headers["sec-fetch-site"]
    told = [
        {
            "identifiers": [{"system": "nhs-number", "value": number}],
            "name": {"given": [given], "family": "Testcase"},
            "birthDate": "2016-05-14",
        }
        for given, number in zip(("Ayo", "Bo"), numbers, strict=True)
    ]
    await push(System(system, world.system_source, world.system_secret), maker, message(**EVERYTHING, people=told))
    await written(await browser().sign_in("police"), a_file({**THE_SAME, "people": "; ".join(numbers)}))
    assert await rows(session, "SELECT reason FROM unplaced_intervention") == []
    found = list(await session.scalars(select(Intervention).order_by(Intervention.source)))
    assert [one.source for one in found] == ["imported", "pushed"]
    theirs = {"id", "source", "system_id", "their_sequence", "recorded_by", "recorded_at", "checked_at", "changed_at"}
    filed, pushed = ({name: getattr(one, name) for name in set(Intervention.model_fields) - theirs} for one in found)
    assert filed == pushed
    assert (
        filed["covert"] and filed["as_sent"] == {"level": "gold", "status": "pending"} and len(filed["left_out"]) == 1
    )
    assert filed["polarity"] == "away" and filed["hours_from"] == time(19)
    ids = [one.id for one in found]
    for asked in (queries.people_of, queries.apart_of):
        both = await asked(session, ids)
        assert both[ids[0]] == both[ids[1]] and both[ids[0]], asked
    places = await queries.places_of(session, ids)
    told = [[(one.kind, one.place, one.uprn) for one in places[of]] for of in ids]
    assert told == [[("address", "4 Mill Lane", "7"), ("area", "Northvale market", "")]] * 2


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"apart": "Nobody Known 2001-01-01"}, "apart: We do not know this person"),
        ({"apart": "Ayo Testcase"}, "apart: Write the day of birth after a name"),
        ({"apart": "Ayo Testcase 2016-05-14"}, "apart: Name somebody else"),
        ({"apart": "{stranger}"}, "apart: We do not know this person"),
        ({"apart": "{elsewhere}"}, "apart: Somebody here is not part of this case"),
        ({"people": "{elsewhere}"}, "people: Somebody here is not part of this case"),
        ({"people": "Twin Testcase 2016-05-14"}, "people: More than one person is called so"),
        ({"kind": "V.HV", "apart": "{other}"}, "apart: Only a condition keeps people apart: name nobody here"),
        ({"kind": "V.HV", "places": "The park"}, "places: Only a condition keeps somebody out of a place: name none"),
        ({"kind": "V.HV", "hours_from": "19:00", "hours_to": "07:00"}, "hours_from: Only a curfew"),
        ({"kind": "R.CURFEW"}, "hours_from: Enter the hours of the curfew"),
        ({"end": "1/1/2027"}, "end: The end must be after the start"),
        (
            {"repeats": "FREQ=WEEKLY;BYDAY=MO", "start": "12/3/2027 10:00", "end": ""},
            "start: The first day must be one",
        ),
        ({"case": "TV-NONE"}, "case: There is no open case"),
    ],
)
async def test_what_does_not_fit_the_case_says_which_column(
    cells: dict[str, str], why: str, leader: Browser, session: AsyncSession, world: World
) -> None:
    person, other, elsewhere, stranger = [await make_person(session, given) for given in ("Ayo", "Bo", "Ed", "Fay")]
    case = await make_case(session, world, person=person)
    for one in (other, await make_person(session, "Twin"), await make_person(session, "Twin")):
        await involve(session, person_id=one.id, roles=["sibling"], case_id=case.id, at=NOW)
    await make_case(session, world, person=elsewhere)
    await make_case(session, world, person=stranger, agencies=("council", "police"))
    await session.commit()
    people = {"other": other, "elsewhere": elsewhere, "stranger": stranger}
    cells = {name: cell.format(**{key: one.reference for key, one in people.items()}) for name, cell in cells.items()}
    record = WHOLE | {"people": person.reference, "start": "12/3/2027", "end": "", "case": case.reference} | cells
    _, html = await of_file(leader, a_file(record))
    assert why in unescape(html), html[html.index("hub-table") :][:900]


async def test_what_a_file_does_not_say_stays_as_it_stands_here(
    leader: Browser, session: AsyncSession, world: World
) -> None:
    person, other = await make_person(session), await make_person(session, "Bo")
    case = await make_case(session, world, person=person)
    await involve(session, person_id=other.id, roles=["parent"], case_id=case.id, at=NOW)
    await session.commit()
    first = WHOLE | {"people": person.reference, "start": "12/3/2027", "end": "", "covert": "yes", "note": "Old"}
    await written(leader, a_file(first | {"apart": other.reference, "places": "The park"}))
    (row,) = list(await session.scalars(select(Intervention)))
    row.depends_on_id, row.worker_id = None, world.workers["health"].id
    await session.commit()
    short = {name: first[name] for name in ("reference", "kind", "people", "start", "note")}
    _, html = await of_file(leader, a_file(short))
    assert "<strong>1</strong> unchanged" in html
    await written(leader, a_file(short | {"note": "New"}))
    assert await rows(session, "SELECT note, covert, worker_id FROM intervention") == [
        ("New", True, world.workers["health"].id)
    ]
    stands = "SELECT (SELECT count(*) FROM intervention_apart WHERE removed_at IS NULL), " \
        "(SELECT count(*) FROM intervention_place WHERE removed_at IS NULL)"  # fmt: skip
    assert await rows(session, stands) == [(1, 1)]
    await written(leader, a_file(first | {"apart": "", "places": ""}))
    assert await rows(session, stands) == [(0, 0)], "an empty cell says that there is none"


async def test_a_later_file_corrects_how_something_ended_and_takes_nothing_up_again_in_silence(
    leader: Browser, session: AsyncSession, world: World
) -> None:
    person = await make_person(session)
    await make_case(session, world, person=person)
    await session.commit()
    visit = {"reference": "A", "kind": "V.HV", "people": person.reference, "start": "2/3/2026 10:00", "note": "One"}
    stands = "SELECT status, note FROM intervention"
    await written(leader, a_file(visit))
    assert await rows(session, stands) == [("done", "One")]
    await written(leader, a_file(visit | {"note": "Two"}))
    assert await rows(session, stands) == [("done", "Two")]
    await written(leader, a_file(visit | {"note": "Two", "status": "missed"}))
    assert await rows(session, stands) == [("missed", "Two")]
    _, html = await of_file(leader, a_file(visit | {"note": "Two", "status": "missed"}))
    assert "<strong>1</strong> unchanged" in html
    await written(leader, a_file(visit | {"note": "Two", "status": "planned"}))
    assert await rows(session, stands) == [("planned", "Two")]


async def test_a_changed_row_is_written_also_where_a_rule_would_have_stopped_it(
    leader: Browser, session: AsyncSession, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        raise Refused("This must not be booked")

    person = await make_person(session)
    await make_case(session, world, person=person)
    await session.commit()
    visit = {"reference": "A", "kind": "V.HV", "people": person.reference, "start": "12/3/2027 10:00"}
    await written(leader, a_file(visit))
    monkeypatch.setattr(guarding, "_guards", [never])
    await written(leader, a_file(visit | {"start": "12/3/2027 11:00"}))
    assert await rows(session, "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI') FROM intervention") == [
        ("11:00",)
    ]
