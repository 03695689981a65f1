"""How a column says what it holds: plain, personal or sensitive.

Every text, date or structured column of every table carries one of the three classes; a test of the building refuses
a column without (UK GDPR articles 5 and 30; OWASP ASVS 5.0, 14.1.1). Identities, moments, counts and yes-or-no
columns are plain by nature and need not say so. `sensitive` is for special-category and criminal-offence data (UK
GDPR articles 9 and 10) and for secrets.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column as SQLColumn
from sqlalchemy import DateTime, ForeignKey, Text, text
from sqlalchemy import Uuid as SQLUuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from hub.ids import new_id

PLAIN = {"class": "plain"}
PERSONAL = {"class": "personal"}
SENSITIVE = {"class": "sensitive"}


def _field(info: dict[str, str], kwargs: dict[str, Any]) -> Any:
    column_kwargs = {"info": info} | kwargs.pop("sa_column_kwargs", {})
    if "server_default" in kwargs:
        column_kwargs["server_default"] = text(kwargs.pop("server_default"))
    return Field(sa_column_kwargs=column_kwargs, **kwargs)


def plain(**kwargs: Any) -> Any:
    """A column that says nothing about a person."""
    return _field(PLAIN, kwargs)


def personal(**kwargs: Any) -> Any:
    """A column that tells who somebody is, where they live or how to reach them."""
    return _field(PERSONAL, kwargs)


def sensitive(**kwargs: Any) -> Any:
    """A column that holds special-category or criminal-offence data, a professional's words on it, or a secret."""
    return _field(SENSITIVE, kwargs)


def identity() -> Any:
    """The primary key of everything that has an address of its own."""
    return Field(default_factory=new_id, primary_key=True)


def points_to(target: str, *, null: bool = False, index: bool = True) -> Any:
    """A foreign key to another table's identity; deletion is refused, because nothing here is deleted in passing."""
    return Field(
        default=None if null else ...,
        sa_column=SQLColumn(SQLUuid, ForeignKey(target), nullable=null, index=index),
    )


def moment(*, null: bool = False, index: bool = False, now: bool = False) -> Any:
    """A moment in UTC. `now` lets the database fill it with its own clock."""
    return Field(
        default=None if null or now else ...,
        sa_column=SQLColumn(
            DateTime(timezone=True),
            nullable=null,
            index=index,
            server_default=text("clock_timestamp()") if now else None,
        ),
    )


def texts(info: dict[str, str] = PLAIN, *, default: bool = True) -> Any:
    """A list of short texts."""
    return Field(
        default_factory=list,
        sa_column=SQLColumn(ARRAY(Text), nullable=False, server_default=text("'{}'") if default else None, info=info),
    )


def identities(*, null: bool = False) -> Any:
    """A list of identities that the database does not follow (it cannot, inside an array)."""
    return Field(
        default=None if null else ...,
        sa_column=SQLColumn(ARRAY(SQLUuid), nullable=null),
    )


def document(info: dict[str, str] = PLAIN, *, null: bool = False) -> Any:
    """A structured value kept as it came (jsonb)."""
    column = SQLColumn(JSONB, nullable=null, server_default=None if null else text("'{}'"), info=info)
    return Field(default=None, sa_column=column) if null else Field(default_factory=dict, sa_column=column)


def one_of(column: str, values: type[StrEnum]) -> str:
    """The CHECK that a column holds one of the codes of an enum."""
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


Identity = UUID
Moment = datetime
