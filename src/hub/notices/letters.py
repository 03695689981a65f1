"""A notice as a letter: neutral words from its template, a link, and nothing about a family."""

from urllib.parse import urlsplit

from hub.agencies.tables import Worker
from hub.config import settings
from hub.ids import ref
from hub.notices.tables import Notice
from hub.outside.mail import Letter
from hub.rendering import environment


def subject_of(kind: str) -> str:
    return environment().get_template(f"notices/{kind}/subject.txt").render().strip()


def letter_for(notice: Notice, worker: Worker) -> Letter:
    """The letter to send; its Message-ID is the notice's own, at every attempt."""
    host = urlsplit(settings().address).hostname or "hub.example"
    body = (
        environment()
        .get_template(f"notices/{notice.kind}/body.txt")
        .render(
            name=worker.name,
            link=settings().address + notice.link,
            answer=settings().address + notice.answer if notice.answer else "",
        )
    )
    return Letter(
        message_id=f"<{ref(notice.id)}@{host}>",
        to=worker.email,
        subject=subject_of(notice.kind),
        body=body,
        sender=settings().mail_from,
        calendar=notice.calendar,
        method=notice.calendar_method,
    )
