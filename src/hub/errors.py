"""Everything the Hub refuses, as one family; each member knows its HTTP status and says what to do.

HubError
├── NotFound       404  not there, or not for you: the two are never told apart
├── NotAllowed     403  you may see it, but not do this
│   ├── KeptFromYou     you may know that it exists, and no more
│   └── SteppedBack     you declared that you are too near to it
├── NotSignedIn    401  nobody is signed in
├── Disposed       410  it was here, you could have opened it, and its time was over
├── Conflict       409  the world has moved, or this has been done already
├── Refused        422  what was asked breaks a rule; names the field where there is one
├── TooMany        429  slow down, and when to try again
└── Unavailable    503  not now; nothing was lost, try again
"""


class HubError(Exception):
    """A refusal with a sentence for a person. `code` is the machine's word for it (RFC 9457 `type`)."""

    status = 500
    code = "error"
    title = "Something went wrong"

    def __init__(self, sentence: str = "", *, code: str | None = None) -> None:
        super().__init__(sentence or self.title)
        self.sentence = sentence or self.title
        if code:
            self.code = code


class NotFound(HubError):
    status = 404
    code = "not-found"
    title = "Page not found"


class NotAllowed(HubError):
    """`offer` is what the worker may do instead: the words and the address of a link."""

    status = 403
    code = "not-allowed"
    title = "You cannot do this"

    def __init__(self, sentence: str = "", *, offer: tuple[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.offer = offer


class KeptFromYou(NotAllowed):
    """The worker may know that this exists, and no more."""

    code = "kept-from-you"
    title = "This is restricted"

    def __init__(self) -> None:
        super().__init__("Only the workers named for it can open it. Ring the hub desk before you visit or write.")


class SteppedBack(NotAllowed):
    """The worker has declared an interest: they know of the conference, and see nothing in it."""

    code = "stepped-back"
    title = "You have stepped back from this conference"


class NotSignedIn(HubError):
    status = 401
    code = "not-signed-in"
    title = "Sign in to continue"


class Disposed(HubError):
    """Answered only to those who could have opened what stood here; to everybody else it is not there."""

    status = 410
    code = "disposed"
    title = "This record was disposed of"


class Conflict(HubError):
    status = 409
    code = "conflict"
    title = "This has changed since you opened it"


class Refused(HubError):
    """Breaks a rule. `field` is the name of the form field it belongs to, so that the page can put it there."""

    status = 422
    code = "refused"
    title = "There is a problem"

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class TooMany(HubError):
    status = 429
    code = "too-many"
    title = "Too many tries"

    def __init__(self, sentence: str = "", *, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(HubError):
    status = 503
    code = "unavailable"
    title = "The Hub cannot do this just now"

    def __init__(self, sentence: str = "Nothing was lost. Try again in a moment.", *, retry_after: int = 5) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class CannotRun(Exception):
    """A command cannot do its work; the sentence says what to do. Not a HubError: no request meets it."""
