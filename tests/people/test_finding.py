"""Finding people: the index blocks well, the search finds what is visible, and a hidden person is as good as absent."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.ids import new_id, ref
from hub.people import changes, queries
from hub.people.changes import PersonIn
from hub.people.identifiers import check
from hub.people.rules import PartialDate
from tests.conftest import Browser
from tests.makers import NOW, World, make_case, make_person

Make = Callable[[], Browser]
NHS = check("nhs-number", "999 000 0018", today=date(2026, 3, 10))


def told(**given: object) -> PersonIn:
    return PersonIn(
        **{"given_names": ["Ayo"], "family_name": "Testcase", "born": PartialDate.read("2016-05-14")} | given
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "asked",
    [
        told(identifiers=[("9990000018", NHS)], given_names=["X"], family_name="Y", born=PartialDate()),
        told(given_names=["Ayodele"]),
        told(family_name="Other"),
        told(born=PartialDate()),
        told(given_names=["Testcase"], family_name="Ayo"),
        told(given_names=["Dapo"], family_name="Old", born=PartialDate()),
    ],
    ids=["by number", "by surname and birth", "by given name and birth", "by full name", "swapped", "by alias"],
)
async def test_somebody_we_know_is_among_the_candidates(asked: PersonIn, world: World, session: AsyncSession) -> None:
    known = await make_person(session, identifiers=[("9990000018", NHS)], also_known_as=[(["Dapo"], "Old")])
    await make_person(session, "Somebody", "Else", born="1950")
    assert await queries.candidates(session, asked.likeness()) == [known.id]


async def test_recognising_adds_and_never_overwrites(world: World, session: AsyncSession) -> None:
    person = await make_person(session, phone="07700 900001")
    await changes.recognise(
        session, person, told(phone="07700 900002", school="Hill School", family_name="Testcase-Sample"),
        agency_id=world.id("health"), by=world.viewer("health"), at=NOW,
    )  # fmt: skip
    assert (person.phone, person.school, person.family_name) == ("07700 900001", "Hill School", "Testcase")
    assert [name.family_name for name in await queries.other_names(session, person.id)] == ["Testcase-Sample"]


async def test_those_at_one_address_are_a_household(world: World, session: AsyncSession) -> None:
    mother, child, uncle = [await make_person(session, name) for name in ("Tola", "Ayo", "Bayo")]
    for people, line in (([mother.id, child.id], "1 Example Street"), ([uncle.id], "2 Example Street")):
        await changes.settle(session, person_ids=people, lines=[line], postcode="ZZ99 3WZ", since=None, agency_id=None)
    await changes.settle(
        session, person_ids=[child.id], lines=["1 Example Street"], postcode="ZZ99 3WZ", since=None, agency_id=None
    )
    assert await queries.household_of(session, [child.id]) == {mother.id, child.id}
    assert len((await queries.homes(session, [child.id]))[child.id]) == 1


# --- Searching --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["ayo", "TESTCASE", "testc ay", "999 000 0018", "9990000018", "Dapo"])
async def test_the_search_finds_by_name_number_and_alias(
    words: str, browser: Make, world: World, session: AsyncSession
) -> None:
    person = await make_person(session, identifiers=[("9990000018", NHS)], also_known_as=[(["Dapo"], "Old")])
    await make_case(session, world, person=person)
    await session.commit()
    client = await browser().sign_in("police")
    assert f"/people/{ref(person.id)}" in (await client.submit("/search", {"q": words})).text


@pytest.mark.parametrize("words", ["", "%", "_", "\\", "'", "zzz", "(((", "a" * 100, "<b>x</b>"])
async def test_odd_words_find_nobody_and_break_nothing(
    words: str, browser: Make, world: World, session: AsyncSession
) -> None:
    await make_case(session, world)
    await session.commit()
    answer = await (await browser().sign_in("police")).submit("/search", {"q": words})
    assert answer.status_code == 200 and "/people/" not in answer.text and "<b>" not in answer.text


async def test_who_is_hidden_is_as_good_as_absent(browser: Make, world: World, session: AsyncSession) -> None:
    """The school is in no circle: pages, families and search answer for a hidden person as for nobody at all."""
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    school = await browser().sign_in("school")
    for hidden in (f"/people/{ref(person.id)}", f"/cases/{ref(case.id)}", f"/families/{ref(case.family_id)}"):  # type: ignore[arg-type]
        absent = hidden.rsplit("/", 1)[0] + "/" + ref(new_id())
        found = [await school.get(path) for path in (hidden, absent)]
        assert [answer.status_code for answer in found] == [404, 404]
        assert without_keys(found[0].text) == without_keys(found[1].text)
    here, nowhere = [await school.submit("/search", {"q": words}) for words in ("testcase", "nobodyatall")]
    assert without_keys(here.text).replace("testcase", "") == without_keys(nowhere.text).replace("nobodyatall", "")


def without_keys(html: str) -> str:
    """A page without the random keys of its forms."""
    parts = html.split('name="_key" value="')
    return parts[0] + "".join(part.split('"', 1)[1] for part in parts[1:])
