"""The sealed ledger: each event's place in the tree, where the tree stands, and the signed checkpoints."""

from sqlalchemy import BigInteger, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from hub.columns import Moment, moment, plain, texts


class LedgerLeaf(SQLModel, table=True):
    """An event's place in the sealed ledger. Sequences are dense, from one; rows are never changed or taken away."""

    __tablename__ = "ledger_leaf"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    leaf: str = plain()
    """The RFC 6962 leaf hash over the event's number, the moment it was written, and its own leaf; in hex."""


class LedgerHead(SQLModel, table=True):
    """Where the sealer stands: one row. What it says can be worked out anew from the leaves, and `verify` does."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="ledger_head_is_one"),)

    id: int = Field(default=1, primary_key=True)
    size: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    frontier: list[str] = texts()
    """The roots of the tree's whole subtrees, in hex, the largest first."""
    sealed_before: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Every event of a transaction before this one is sealed."""


class LedgerCheckpoint(SQLModel, table=True):
    """A signed statement that the first `size` entries have this root. Rows are never changed or taken away."""

    __tablename__ = "ledger_checkpoint"

    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    note: str = plain()
    made_at: Moment = moment()
