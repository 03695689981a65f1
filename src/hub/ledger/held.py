"""Checkpoints held outside the database: one JSON line each, only ever added to the end of a file."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hub.errors import CannotRun
from hub.ledger.notes import LONGEST_NOTE

READ_BACK = 4 * LONGEST_NOTE


def hold(path: Path, *, size: int, note: str, made_at: datetime) -> bool:
    """Adds a checkpoint to the file, on the disk before this returns; False when a newer one is held already.

    Several processes may hold in one file: a lock on it lets one write at a time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _last_size(file.fileno()) >= size:
            return False
        end = os.fstat(file.fileno()).st_size
        if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
            file.write(b"\n")  # closes a line that a full disk cut short
        line = json.dumps({"at": made_at.isoformat(), "size": size, "note": note}, ensure_ascii=False)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _last_size(descriptor: int) -> int:
    end = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, READ_BACK, max(0, end - READ_BACK)).decode(errors="replace")
    for line in reversed(tail.splitlines()):
        try:
            return int(json.loads(line)["size"])
        except (ValueError, KeyError, TypeError):
            continue  # the rest of a line that a full disk cut short
    return 0


def read(path: Path) -> Iterator[tuple[str, str]]:
    """The notes in a file with where each stands, one at a time: lines as written above, or one bare checkpoint.

    A line cut short by a full disk is passed over; a checkpoint that was held is never only half a line, because it
    counted as held when the whole line was on the disk.
    """
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(READ_BACK)
            if first and not first.startswith("{"):
                yield first + file.read(LONGEST_NOTE), path.name
                return
            number = 1
            while first:
                try:
                    yield str(json.loads(first)["note"]), f"{path.name}, line {number},"
                except (ValueError, KeyError, TypeError):
                    if first.strip() and first.endswith("}\n"):
                        raise CannotRun(f"{path}, line {number}: not a checkpoint.") from None
                first, number = file.readline(READ_BACK), number + 1
    except UnicodeDecodeError:
        raise CannotRun(f"{path} holds no checkpoints.") from None
