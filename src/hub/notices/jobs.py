"""Sending what waits to be sent."""

from hub import clock
from hub.agencies.queries import worker_by_id
from hub.config import settings
from hub.database import SessionMaker, transaction
from hub.notices import changes, queries
from hub.notices.letters import letter_for
from hub.outside import mail

BATCH = 50


async def send_due(maker: SessionMaker) -> int:
    """Sends the letters that are due, one transaction each, and says how many.

    The row is held while the letter is handed over, so no other process sends it; if this one dies between the
    server's yes and the commit, the letter goes again with the same Message-ID.
    """
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            notice = await queries.claim_notice(session, at)
            if notice is None:
                return count
            worker = await worker_by_id(session, notice.worker_id)
            if worker.ended_at is not None:
                await changes.mark_failed(session, notice, reason="has left", for_good=True, at=at)
                continue
            try:
                if settings().smtp_url:
                    await mail.send(letter_for(notice, worker), settings().smtp_url)
            except mail.NotSent as problem:
                await changes.mark_failed(session, notice, reason=str(problem), for_good=problem.for_good, at=at)
                if problem.server_down:
                    return count
            else:
                await changes.mark_sent(session, notice, at=at)
    return BATCH
