"""The post: a letter goes out by SMTP when a server is set, and otherwise stays in the in-app outbox.

A letter never holds a word about a family: "There is something for you in the Hub", a link, and for a conference an
invitation with a neutral title.
"""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hub import clock

TIMEOUT_SECONDS = 15
WHOLE_SECONDS = 30
"""A server that drips one byte a minute must not hold a letter, and its row, for ever."""


@dataclass(frozen=True)
class Letter:
    """One message to one person. `message_id` is the same at every attempt, so that a repeat can be recognised."""

    message_id: str
    to: str
    subject: str
    body: str
    sender: str
    calendar: str = ""
    method: str = ""


class NotSent(Exception):
    """The server did not take the letter; the message is safe to show.

    `for_good`: it said that it never will (RFC 5321, 4.2.1), such as for an address that is not there.
    `server_down`: there is no point in trying the next letter just now.
    """

    def __init__(self, words: str, *, for_good: bool = False, server_down: bool = False) -> None:
        super().__init__(words)
        self.for_good, self.server_down = for_good, server_down


def compose(letter: Letter) -> EmailMessage:
    """The letter as a mail, with its invitation as RFC 6047 wants it."""
    mail = EmailMessage()
    mail["Message-ID"] = letter.message_id
    mail["Date"] = clock.now()
    mail["From"] = letter.sender
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail.set_content(letter.body)
    if letter.calendar:
        mail.add_alternative(letter.calendar, subtype="calendar")
        list(mail.iter_parts())[-1].set_param("method", letter.method)
    return mail


async def send(letter: Letter, smtp_url: str) -> None:
    """Hands the letter to the server at `smtp_url`. Raises NotSent; the caller tries again later."""
    address = urlsplit(smtp_url)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await aiosmtplib.send(
                compose(letter),
                hostname=address.hostname,
                port=address.port or (465 if address.scheme == "smtps" else 25),
                username=unquote(address.username) if address.username else None,
                password=unquote(address.password) if address.password else None,
                use_tls=address.scheme == "smtps",
                timeout=TIMEOUT_SECONDS,
            )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        raise NotSent(f"the address was refused ({codes[0]})", for_good=all(code >= 500 for code in codes)) from refused
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPAuthenticationError) as refused:
        # The letter is right and our own settings are wrong: an operator can mend them before it is given up.
        raise NotSent(f"{type(refused).__name__} ({refused.code})", server_down=True) from refused
    except aiosmtplib.SMTPResponseException as refused:
        raise NotSent(f"the server refused it ({refused.code})", for_good=500 <= refused.code < 600) from refused
    except (aiosmtplib.SMTPException, TimeoutError, OSError) as problem:
        raise NotSent(type(problem).__name__, server_down=True) from problem
