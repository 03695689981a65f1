"""The newest checkpoint, for anybody to keep."""

from collections.abc import Callable

from hub.clock import now
from hub.ledger import changes, notes
from tests.conftest import Browser, Maker
from tests.makers import World


async def test_the_newest_checkpoint_is_for_everybody(
    browser: Callable[[], Browser], world: World, maker: Maker
) -> None:
    client = browser()
    assert (await client.get("/audit/checkpoint")).status_code == 404
    async with maker() as session:
        sealed = await changes.seal(session)
        await changes.sign(session, at=now())
        await session.commit()
    answer = await client.get("/audit/checkpoint")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    assert notes.opened(answer.text, [notes.public_key()]).size == sealed > 0
