"""Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint), and witness cosignatures (tlog-cosignature).

Stricter than these where they leave a choice: an invalid signature of a known key, or two of one, reject the whole note.

The Ed25519 signature covers the text with its final newline; `cosignature/v1` covers a header, a time, and the text.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amanah.tlog.encoding import MAX_NUMBER, decode_base64, decode_decimal, decode_hash, encode_base64
from amanah.tlog.layout import Malformed

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_DASH = "\N{EM DASH} "
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P)


class NotSigned(ValueError):
    """A note without a valid signature of a known key, or with an invalid one; the message says which."""


class NotCosigned(NotSigned):
    """The log signed this, and too few of its witnesses did; it says nothing else against the log."""


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise Malformed(f"{name[:60]!r} is no key name: it has no space and no +")


def _has_small_order(public: bytes) -> bool:
    """Whether the key is one of the eight points of edwards25519 (RFC 8032 section 5.1) that eight times added are zero.

    Their y is 0, 1 or -1, or for those of order 8, whose double has y = 0 and so x^2 = -y^2, a root of d y^4 + 2 y^2 - 1.
    The sign of x does not matter, nor whether y is written below p.
    """
    y = int.from_bytes(public, "little") % (1 << 255)
    square = y * y % _P
    return y * (square - 1) * (_D * square * square + 2 * square - 1) % _P == 0


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class Verifier:
    """A public key that checks notes; as text `<name>+<key id in hex>+<base64(kind || public key)>`.

    `kind` is the signature type of signed-note: ED25519, or COSIGNATURE (tlog-cosignature) for a witness's key.
    """

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that tell this key from others of the same name (signed-note, "Signatures")."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """The key in `text` (signed-note, "Verifier keys").

        Raises Malformed, also on an id that is not the key's, and on a key under which anybody can sign.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed("a verifier key reads <name>+<key id>+<base64>")
        name, key_id, encoded = parts
        _check_name(name)
        key = decode_base64(encoded)
        if not key or key[0] not in (ED25519, COSIGNATURE):
            raise Malformed("the verifier key is of a kind that is not known here")
        if len(key) != 1 + _KEY_BYTES:
            raise Malformed(f"an Ed25519 key has {_KEY_BYTES} bytes, this one has {len(key) - 1}")
        if _has_small_order(key[1:]):
            raise Malformed(
                "under this key anybody can sign: it is a point of small order, which nobody's private key leads to"
            )
        verifier = cls(name, key[0], key[1:])
        if verifier.key_id.hex() != key_id:
            raise Malformed(f"the verifier key's id should be {verifier.key_id.hex()}, not {key_id[:16]}")
        return verifier

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's, over `text` (RFC 8032, or tlog-cosignature "Format")."""
        message = text.encode()
        if self.kind == COSIGNATURE:
            time = int.from_bytes(signature[:8], "big")
            if len(signature) != 8 + _SIGNATURE_BYTES or time > MAX_NUMBER:
                return False
            message = _cosigned(text, time)
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


class Signer:
    """A private Ed25519 key with its name. `seed` is the 32-byte private key of RFC 8032."""

    def __init__(self, name: str, seed: bytes) -> None:
        _check_name(name)
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def verifier(self) -> Verifier:
        """The public half, which signs notes of its own."""
        return Verifier(self.name, ED25519, self._key.public_key().public_bytes_raw())

    @property
    def cosigner(self) -> Verifier:
        """The public half as a witness's key."""
        return Verifier(self.name, COSIGNATURE, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signature line, with its newline, over a note's text (signed-note, "Ed25519 signatures")."""
        _check_text(text)
        return _line(self.verifier, self._key.sign(text.encode()))

    def cosign(self, text: str, time: int) -> str:
        """A witness's signature line over a checkpoint's text, seen at `time` (Unix seconds; tlog-cosignature)."""
        _check_text(text)
        return _line(self.cosigner, time.to_bytes(8, "big") + self._key.sign(_cosigned(text, time)))


def _line(key: Verifier, signature: bytes) -> str:
    return str(Signature(key.name, key.key_id, signature))


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise Malformed("a note's text ends in a newline")
    if any(c < " " and c != "\n" for c in text):
        raise Malformed("a note has no control characters but newlines")


@dataclass(frozen=True)
class Signature:
    """One signature line (signed-note, "Signatures"): the key's name and id, and what follows the id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def time(self) -> int:
        """When a witness cosigned (Unix seconds; tlog-cosignature, "Format"); only of a cosignature."""
        return int.from_bytes(self.data[:8], "big")

    def __str__(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.data)}\n"


@dataclass(frozen=True)
class Note:
    """A text with signatures (signed-note, "Format"), none of them checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> "Note":
        """The note in `data` (signed-note, "Format"); at most 100 signatures and 1,000,000 bytes. Raises Malformed."""
        try:
            encoded = data.encode() if isinstance(data, str) else data
            if len(encoded) > MAX_NOTE_BYTES:
                raise Malformed("the note is too large")
            whole = encoded.decode()
        except UnicodeError:
            raise Malformed("a note is UTF-8") from None
        head, separator, tail = whole.rpartition("\n\n")
        text = head + "\n"
        if not separator or not tail.endswith("\n"):
            raise Malformed("a note is a text, an empty line, and signature lines that end in newlines")
        _check_text(whole)
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise Malformed(f"a note has at most {MAX_SIGNATURES} signatures")
        return cls(text, tuple(map(_signature, lines)))

    def verify(self, keys: Iterable[Verifier]) -> list[Verifier]:
        """The keys of `keys` that signed; signatures of others are passed over (signed-note, "Signatures").

        Raises NotSigned when none of them signed, and when one has a signature that is not valid, or more than one.
        """
        known = {(key.name, key.key_id): key for key in keys}
        signed: list[Verifier] = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not key.accepts(self.text, signature.data):
                raise NotSigned(f"the signature of {key.name} is not valid")
            if key in signed:
                raise NotSigned(f"{key.name} signed this twice")
            signed.append(key)
        if not signed:
            raise NotSigned("no known key signed this; is it the log's verifier key?")
        return signed


def _signature(line: str) -> Signature:
    name, separator, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not separator:
        raise Malformed("a signature line reads: dash, name, base64")
    _check_name(name)
    data = decode_base64(encoded)
    if len(data) < 5:
        raise Malformed("a signature has a key id and more")
    return Signature(name, data[:4], data[4:])


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log (tlog-checkpoint): its origin, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed (tlog-checkpoint, "Note text")."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    def signed(self, *signers: Signer) -> str:
        """The checkpoint as a note (tlog-checkpoint, "Signatures"). Raises ValueError without a key of the origin's name.

        The caller makes sure that this head continues every head it signed before: a signature cannot be taken back.
        """
        if wrong := [signer.name for signer in signers if signer.name != self.origin]:
            raise ValueError(f"the key is named {wrong[0]}, the log {self.origin}")
        if not signers:
            raise ValueError("a checkpoint is signed by at least one key")
        return f"{self.text}\n{''.join(signer.sign(self.text) for signer in signers)}"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint in a note's text (tlog-checkpoint, "Note text"). Raises Malformed.

        Extension lines, which our logs do not write, are passed over; like every line they are not empty.
        """
        *lines, end = text.split("\n")
        if len(lines) < 3 or end or not all(lines):
            raise Malformed("a checkpoint's text has an origin, a size and a root, and no empty line")
        return cls(lines[0], decode_decimal(lines[1]), decode_hash(lines[2]))


def open_checkpoint(
    data: bytes | str,
    log: Verifier,
    witnesses: Collection[Verifier] = (),
    quorum: int = 0,
    *,
    also: Collection[Verifier] = (),
) -> tuple[Checkpoint, Note]:
    """The checkpoint (tlog-checkpoint) of the log whose key is `log`, cosigned by at least `quorum` of the witnesses.

    `also` are further keys of the same log, as it has while one is rotated: that one of them all signed is enough. None of them
    is a witness, whatever it is given as: a key of the log's name does not count in the quorum.

    Raises Malformed, and NotSigned when the log did not sign, or any of these signatures fails; NotCosigned when all hold, and
    too few witnesses signed.
    """
    note = Note.parse(data)
    signed = note.verify([log, *also, *witnesses])
    if not any(key in signed and key.name == log.name for key in (log, *also)):
        raise NotSigned(f"the log's own key {log.name} did not sign this")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise NotSigned(f"this checkpoint is of the log {checkpoint.origin}, the key is {log.name}'s")
    missing = [witness.name for witness in witnesses if witness not in signed or witness.name == log.name]
    if (cosigned := len(witnesses) - len(missing)) < quorum:
        raise NotCosigned(
            f"of the witnesses {cosigned} signed this, and {quorum} are needed; missing: {', '.join(missing)}"
        )
    return checkpoint, note
