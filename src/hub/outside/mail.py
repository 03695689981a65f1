"""The post: a letter goes out by SMTP when a server is set, and otherwise stays in the in-app outbox.

A letter never holds a word about a family: "There is something for you in the Hub", a link, and for a conference an
invitation with a neutral title.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT_SECONDS = 15


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
    """The server did not take the letter; the message is safe to show."""


def compose(letter: Letter) -> EmailMessage:
    """The letter as a mail, with its invitation as RFC 6047 wants it."""
    mail = EmailMessage()
    mail["Message-ID"] = letter.message_id
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
        await aiosmtplib.send(
            compose(letter),
            hostname=address.hostname,
            port=address.port or 25,
            username=unquote(address.username) if address.username else None,
            password=unquote(address.password) if address.password else None,
            use_tls=address.scheme == "smtps",
            timeout=TIMEOUT_SECONDS,
        )
    except (aiosmtplib.SMTPException, OSError) as problem:
        raise NotSent(type(problem).__name__) from problem
