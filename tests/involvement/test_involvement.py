"""The pages of a person and of a family answer first who is involved and how to ring them."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from hub.ids import ref
from hub.people import changes
from hub.people.changes import PersonIn
from hub.people.rules import PartialDate
from tests.conftest import Browser
from tests.makers import NOW, World, make_case, make_person

Make = Callable[[], Browser]


async def test_a_person_shows_the_agencies_on_their_cases_and_whom_to_ring(
    browser: Make, world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    page = (await (await browser().sign_in("health")).get(f"/people/{ref(person.id)}")).text
    assert page.index("Council") < page.index("Born") and "01632 960202" in page
    assert case.reference in page


async def test_a_tie_reads_from_both_sides(browser: Make, world: World, session: AsyncSession) -> None:
    mother, child = await make_person(session, "Tola", born="1990-01-01"), await make_person(session)
    council = world.viewer("council")
    await changes.tie(session, from_id=mother.id, to_id=child.id, kind="mother", agency_id=None, by=council, at=NOW)
    for person in (child, mother):
        await make_case(session, world, person=person)
    await session.commit()
    client = await browser().sign_in("council")
    for person, other in ((child, "Tola"), (mother, "Ayo")):
        page = (await client.get(f"/people/{ref(person.id)}")).text
        assert f"{other} Testcase" in page


async def test_only_agencies_of_the_circle_see_the_persons_page(
    browser: Make, world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    await make_case(session, world, person=person)
    await session.commit()
    for agency, status in (("police", 200), ("health", 200), ("school", 404), ("probation", 404)):
        assert (await (await browser().sign_in(agency)).get(f"/people/{ref(person.id)}")).status_code == status


async def test_a_name_of_script_is_only_words(browser: Make, world: World, session: AsyncSession) -> None:
    told = PersonIn(given_names=["<script>alert(1)</script>"], family_name="O’Test", born=PartialDate.read("2016"))
    person = await changes.enter(session, told, agency_id=None, by=world.viewer("council"), at=NOW)
    await make_case(session, world, person=person)
    await session.commit()
    page = (await (await browser().sign_in("council")).get(f"/people/{ref(person.id)}")).text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
