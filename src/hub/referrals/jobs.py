"""Opening what has arrived: at most a quarter of a second after it was filed, one transaction for each."""

import logging

from hub import clock
from hub.database import SessionMaker, transaction
from hub.referrals import contract, opening, queries
from hub.strict_json import read_json

BATCH = 100
logger = logging.getLogger(__name__)


async def open_envelopes(maker: SessionMaker) -> int:
    """Opens the envelopes that wait, and says how many. One that cannot be opened does not stop the others."""
    for count in range(BATCH):
        at = clock.now()
        async with transaction(maker) as session:
            envelope = await queries.claim_envelope(session, at)
            if envelope is None:
                return count
            try:
                async with session.begin_nested():
                    event = read_json(envelope.body)
                    if other := contract.other_event(event):
                        await other.opens(session, envelope, event, at=at)
                    else:
                        await opening.open_envelope(session, envelope, event, at=at)
            except Exception as trouble:
                # Whatever it is: a message left at the head of the queue would keep every later one from being opened.
                # The sender has our receipt: the message stays, a person sees it, and the log says only what kind.
                logger.exception("envelope could not be opened", exc_info=None)
                envelope.trouble, envelope.opened_at = type(trouble).__name__, at
    return BATCH
