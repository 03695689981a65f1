"""That the demonstration has clashes of every sort: answered, noisy, over by themselves, reopened, and still open."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.clashes.jobs import check_people
from hub.clashes.loading import cases_to_check, people_of_cases
from hub.clashes.queries import measures
from hub.interventions import guarding
from hub.seeding.families import tales
from hub.seeding.partnership import FOUNDED, Loaded, load_partnership, read
from hub.seeding.telling import tell
from tests.conftest import rows


@pytest.mark.timeout(300)
@pytest.mark.parametrize("days", [0, 3, 33])
async def test_whenever_it_begins_it_tells_how_clashes_were_answered_and_leaves_some(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setattr(guarding, "_guards", [])  # the town books what a rule would refuse, so that there is a clash
    now = clock.now() + timedelta(days=days, hours=5 * days)
    loaded = Loaded()
    await load_partnership(session, loaded, read("partnership.yaml"), at=now - FOUNDED)
    told = [tale for tale in tales(session, loaded, now=now) if "clashes" in tale.told]
    await tell(session, told)
    await check_people(
        session, await people_of_cases(session, await cases_to_check(session, after=None, limit=99, at=now)), at=now
    )
    await session.flush()
    answers = await rows(session, "SELECT disposition, reopened_at IS NOT NULL FROM clash_answer")
    assert {row[0] for row in answers} >= {
        "align",
        "joint-visit",
        "merge",
        "sequence",
        "re-time",
        "keep-apart",
        "accept",
    }
    assert Counter(row[1] for row in answers)[True] == 1, "one was reopened"
    did = await measures(session, now - timedelta(days=90))
    assert (did["R07"].useful, did["R07"].not_useful) == (0, 3), "one rule is noisy"
    assert did["R05"].useful == did["R05"].answered == 5 and did["R05"].hours is not None
    unanswered = "SELECT count(*) FROM clash WHERE answered_at IS NULL AND closed_at IS "
    assert (await rows(session, unanswered + "NOT NULL"))[0][0] >= 1, "one closed by itself"
    assert (await rows(session, unanswered + "NULL"))[0][0] >= 8, "and several wait for whoever looks first"
