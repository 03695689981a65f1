"""Checkpoints: signed by the Hub's key, refused when a letter is changed, and held in a file that only grows."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import CannotRun
from hub.ledger import held, notes

ROOT = bytes(range(32))
AT = datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_a_checkpoint_has_the_form_that_others_read() -> None:
    note = notes.signed(1042, ROOT)
    text, signature = note.split("\n\n")
    assert text.split("\n") == ["hub.test/ledger", "1042", base64.b64encode(ROOT).decode()]
    assert signature.startswith("— hub.test/ledger ")
    blob = base64.b64decode(signature.split(" ")[2])
    Ed25519PublicKey.from_public_bytes(notes.public_key()).verify(blob[4:], (text + "\n").encode())
    said = notes.opened(note, [notes.public_key()])
    assert (said.size, said.root) == (1042, ROOT)


def test_the_printed_key_is_the_key() -> None:
    assert notes.read_key(notes.key_line(notes.origin())) == notes.public_key()
    for wrong in ("", "hub+1+2", notes.key_line("hub")[:-4], "hub+00000000+" + base64.b64encode(bytes(33)).decode()):
        with pytest.raises(notes.BadNote):
            notes.read_key(wrong)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("1042", "1043"), ("hub.test", "hub.best"), ("\n\n", "\n"), ("— ", "- "), ("1042", "01042"), ("1042", "-1")],
)
def test_a_changed_letter_is_refused(was: str, becomes: str) -> None:
    with pytest.raises(notes.BadNote):
        notes.opened(notes.signed(1042, ROOT).replace(was, becomes), [notes.public_key()])


def test_another_key_is_refused() -> None:
    with pytest.raises(notes.BadNote, match="no key that we know"):
        notes.opened(notes.signed(1, ROOT), [bytes(32)])


def test_the_file_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "checkpoints.jsonl"
    assert held.hold(path, size=3, note=notes.signed(3, ROOT), made_at=AT)
    assert not held.hold(path, size=3, note=notes.signed(3, ROOT), made_at=AT)
    assert not held.hold(path, size=2, note=notes.signed(2, ROOT), made_at=AT)
    assert held.hold(path, size=9, note=notes.signed(9, ROOT), made_at=AT)
    assert [notes.opened(note, [notes.public_key()]).size for note, _ in held.read(path)] == [3, 9]


def test_a_line_cut_short_by_a_full_disk_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    held.hold(path, size=3, note=notes.signed(3, ROOT), made_at=AT)
    with path.open("a") as file:
        file.write('{"at": "2026-03-1')
    held.hold(path, size=4, note=notes.signed(4, ROOT), made_at=AT)
    held.hold(path, size=5, note=notes.signed(5, ROOT), made_at=AT)
    assert [notes.opened(note, [notes.public_key()]).size for note, _ in held.read(path)] == [3, 4, 5]


def test_a_bare_checkpoint_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text(notes.signed(7, ROOT))
    (only,) = held.read(path)
    assert notes.opened(only[0], [notes.public_key()]).size == 7
    path.write_text('{"not": "a checkpoint"}\n')
    with pytest.raises(CannotRun):
        list(held.read(path))
