"""What may be typed when signing in or changing a password."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Known, Line, ask


class SignInIn(FormIn):
    """An address and a password, exactly as typed: a password is never trimmed or folded."""

    email: Annotated[Line, ask("Enter your email address", longest=254)]
    password: Annotated[str, Field(title="Enter your password", min_length=1, max_length=200)]
    next: Annotated[Line, Field(max_length=500)] = "/"


class DemoSignInIn(FormIn):
    worker: Annotated[Line, ask("Choose a worker", longest=254)]
    next: Annotated[Line, Field(max_length=500)] = "/"


class NewPasswordIn(FormIn):
    current: Annotated[str, Field(title="Enter your current password", min_length=1, max_length=200)]
    new: Annotated[str, Field(title="Enter a new password", min_length=1, max_length=1000)]


class EndSessionIn(FormIn):
    session: Known
