"""The family's own view: words or the reason why not, told or the reason why not, and nobody asked for ever."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.clock import now
from hub.errors import Refused
from hub.ids import new_id, ref
from hub.people.tables import Person
from hub.voice import changes, queries
from hub.voice.changes import OwnWords
from hub.voice.rules import Asking, Topic, WhyNot, asked_already, check_told, check_voice
from tests.conftest import Browser
from tests.makers import NOW, World, day, make_case, make_person

Make = Callable[[], Browser]
TODAY = day("2026-03-10")
TYLER, RUBY, A, B, C = new_id(), new_id(), new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("words", "unheard", "on", "field"),
    [
        ("", None, TODAY, "words"),
        ("  ", None, TODAY, "words"),
        ("I want a bike", WhyNot.harm, TODAY, "unheard"),
        ("I want a bike", None, TODAY + timedelta(days=1), "asked_on"),
    ],
)
def test_words_or_the_reason_why_not(words: str, unheard: WhyNot | None, on: date, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_voice(words, unheard, on, TODAY)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("what", "why_not", "field"),
    [("", None, "what"), ("We asked school", WhyNot.harm, "not_told"), ("", WhyNot.too_young, "not_told")],
)
def test_told_or_the_reason_why_not(what: str, why_not: WhyNot | None, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_told(what, why_not, TODAY, TODAY)
    assert refused.value.field == field


def asking(person: object, agency: object, ago: int, topic: Topic = Topic.home) -> Asking:
    return Asking(person, topic, agency, TODAY - timedelta(days=ago))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("askings", "flagged"),
    [
        ([asking(TYLER, A, 1), asking(TYLER, B, 5), asking(TYLER, C, 30)], True),
        ([asking(TYLER, A, 1), asking(TYLER, B, 5), asking(TYLER, C, 31)], False),
        ([asking(TYLER, A, 1), asking(TYLER, A, 2), asking(TYLER, B, 3)], False),
        ([asking(TYLER, A, 1), asking(TYLER, B, 2), asking(RUBY, C, 3)], False),
        ([asking(TYLER, A, 1), asking(TYLER, B, 2), asking(TYLER, C, 3, Topic.school)], False),
        ([], False),
    ],
)
def test_asked_already_is_three_agencies_within_thirty_days(askings: list[Asking], flagged: bool) -> None:
    assert bool(asked_already(askings, TODAY)) is flagged


@pytest.fixture
async def family(world: World, session: AsyncSession) -> tuple[Case, Person]:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    return case, person


async def test_somebody_of_another_family_cannot_be_heard_here(
    family: tuple[Case, Person], world: World, session: AsyncSession
) -> None:
    own = OwnWords(new_id(), Topic.wishes, NOW.date(), "Let me in")
    with pytest.raises(Refused):
        await changes.hear(
            session, case_id=family[0].id, own=own, people=[family[1].id], by=world.viewer("police"), at=NOW
        )


async def test_the_strip_shows_words_before_a_reason(
    family: tuple[Case, Person], world: World, session: AsyncSession
) -> None:
    case, person = family
    for ago, words, unheard in ((5, "I want a bike", None), (1, "", WhyNot.asked_not_to)):
        own = OwnWords(person.id, Topic.wishes, (NOW - timedelta(days=ago)).date(), words, unheard)
        await changes.hear(session, case_id=case.id, own=own, people=[person.id], by=world.viewer("police"), at=NOW)
    assert (await queries.latest(session, case.id))[person.id].words == "I want a bike"


async def test_a_case_closes_when_somebody_was_heard_or_it_says_why_not(
    family: tuple[Case, Person], browser: Make
) -> None:
    case, person = family
    path, council = f"/cases/{ref(case.id)}", await browser().sign_in("council")
    closing = {"stage": "closed", "reason": "Everybody is safe and well"}
    await council.get(f"{path}/chronology")
    refused = await council.submit(f"{path}/move", closing)
    assert refused.status_code == 422 and "in their own words" in refused.text
    assert "Everybody is safe and well" in refused.text
    why = {"person": ref(person.id), "topic": "wishes", "unheard": "not-found", "note": "They have left the country."}
    assert (await council.submit(f"{path}/voice", why)).status_code == 303
    assert (await council.submit(f"{path}/move", closing)).status_code == 303
    assert (await council.submit(f"{path}/voice", why)).status_code == 403
    assert (await council.submit(f"{path}/told", why)).status_code == 403


async def test_words_stand_on_the_case_and_in_the_family(family: tuple[Case, Person], browser: Make) -> None:
    case, person = family
    path, health = f"/cases/{ref(case.id)}", await browser().sign_in("health")
    words = {
        "person": ref(person.id),
        "topic": "home",
        "words": "I don’t have to listen for the twins.",
        "language": "Somali",
        "interpreter": "true",
        "place": "at school",
    }
    assert "Nobody has written down what the family wants" in (await health.get(path)).text
    assert (await health.submit(f"{path}/voice", {**words, "words": ""})).status_code == 422
    assert (await health.submit(f"{path}/voice", words)).status_code == 303
    told = {"person": ref(person.id), "what": "That school has shared what it knows."}
    assert (await health.submit(f"{path}/told", told)).status_code == 303
    assert "listen for the twins" in (await health.get(path)).text
    page = (await health.get(f"{path}/family")).text
    for part in ("listen for the twins", "in Somali", "with an interpreter", "That school has shared"):
        assert part in page, part


async def test_asked_already_is_said_with_the_answers(family: tuple[Case, Person], browser: Make) -> None:
    case, person = family
    path = f"/cases/{ref(case.id)}/voice"
    for slug in ("police", "health", "council"):
        words = {"person": ref(person.id), "topic": "home", "words": f"I told {slug} already"}
        assert (await (await browser().sign_in(slug)).submit(path, words)).status_code == 303
    page = (await (await browser().sign_in("police")).get(path)).text
    assert "asked already" in page and "I told police already" in page and "I told council already" in page


@pytest.mark.parametrize("path", ["voice", "told"])
async def test_outsiders_find_nothing(path: str, family: tuple[Case, Person], browser: Make) -> None:
    school = await browser().sign_in("school")
    assert (await school.get(f"/cases/{ref(family[0].id)}/{path}")).status_code == 404
    assert (await school.submit(f"/cases/{ref(family[0].id)}/{path}", {"words": "x"})).status_code == 404


async def test_now_is_today(family: tuple[Case, Person], browser: Make, session: AsyncSession, world: World) -> None:
    case, person = family
    health = await browser().sign_in("health")
    await health.submit(f"/cases/{ref(case.id)}/voice", {"person": ref(person.id), "topic": "plan", "words": "Yes"})
    [voice] = (await queries.voices(session, case.id))[person.id]
    assert voice.asked_on == now().date() and voice.agency_id == world.id("health")
