"""Checkpoints as signed notes: the text form of C2SP tlog-checkpoint, signed with Ed25519.

    hub.example/ledger
    1042
    qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=

    — hub.example/ledger OeVNV9fL…

The first line says whose ledger it is, the second how many entries it covers, the third the root of their tree.
Nothing in it is about anybody. The key is derived from HUB_SECRET_KEY.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.config import settings
from hub.sealing import key_for

ALGORITHM = b"\x01"
"""Ed25519, in the signed-note form of C2SP."""
DASH = "—"
LONGEST_NOTE = 4096


class BadNote(Exception):
    """Not a checkpoint, or not signed by a key that we know. The message says which."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes


def origin() -> str:
    """The name of this Hub's ledger: its address without the scheme."""
    return settings().address.partition("://")[2] + "/ledger"


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_for("ledger-checkpoint"))


def public_key() -> bytes:
    """The public half of the key that signs."""
    return _private().public_key().public_bytes_raw()


def key_line(name: str) -> str:
    """The public key as others keep it: name, key hash and key (the verifier key of C2SP signed-note)."""
    key = public_key()
    return f"{name}+{_key_hash(name, key).hex()}+{base64.b64encode(ALGORITHM + key).decode()}"


def read_key(line: str) -> bytes:
    """The key in such a line (the key itself may hold plus signs). Raises BadNote."""
    try:
        material = base64.b64decode(line.strip().split("+", 2)[-1], validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not a public key: give the line that `hub audit key` prints") from None
    if len(material) != 33 or material[:1] != ALGORITHM:
        raise BadNote("not a public key: give the line that `hub audit key` prints")
    return material[1:]


def _key_hash(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ALGORITHM + key).digest()[:4]


def signed(size: int, root: bytes) -> str:
    """A checkpoint of so many entries with this root, signed."""
    name = origin()
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = _private().sign(text.encode())
    return f"{text}\n{DASH} {name} {base64.b64encode(_key_hash(name, public_key()) + signature).decode()}\n"


def opened(note: str, keys: Collection[bytes]) -> Checkpoint:
    """What a signed checkpoint says. Raises BadNote unless one of the keys signed exactly this."""
    text, gap, signatures = note.partition("\n\n")
    lines = text.split("\n")
    try:
        if not gap or len(lines) < 3 or len(note) > LONGEST_NOTE:
            raise ValueError
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        if str(size) != lines[1] or size < 0 or len(root) != hashlib.sha256().digest_size:
            raise ValueError
    except (ValueError, binascii.Error):
        raise BadNote("not a checkpoint") from None
    if not any(_is_signed(text + "\n", line, keys) for line in signatures.splitlines()):
        raise BadNote("the signature is of no key that we know (give an earlier key with --key)")
    return Checkpoint(lines[0], size, root)


def _is_signed(text: str, line: str, keys: Collection[bytes]) -> bool:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return False
    for key in keys:
        if dash == DASH and blob[:4] == _key_hash(name, key):
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], text.encode())
            except InvalidSignature:
                continue
            return True
    return False
