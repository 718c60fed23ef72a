"""Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint) and witness cosignatures (tlog-cosignature).

Where the specifications leave a choice, this is the strict one: an invalid signature of a known key, or two of one key,
reject the whole note. The Ed25519 signature covers the text with its final newline; `cosignature/v1` covers a header, a
time and the text.
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
    """The note has no signature of a known key, or an invalid one; the message says which."""


class NotCosigned(NotSigned):
    """The log signed the note, but fewer witnesses than required cosigned it. This is no evidence against the log."""


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise Malformed(f"{name[:60]!r} is not a key name: it must not be empty, or contain a space or +")


def _has_small_order(public: bytes) -> bool:
    """Tells if the key is a point of edwards25519 (RFC 8032 section 5.1) whose order divides 8.

    The y of such a point is 0, 1 or -1, or, for order 8 (the double has y = 0, so x^2 = -y^2), a root of d y^4 + 2 y^2 - 1.
    The sign of x does not matter, and y may be encoded with p added.
    """
    y = int.from_bytes(public, "little") % (1 << 255)
    square = y * y % _P
    return y * (square - 1) * (_D * square * square + 2 * square - 1) % _P == 0


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class Verifier:
    """A public key that verifies notes; its text is `<name>+<key id in hex>+<base64(kind || public key)>`.

    `kind` is the signature type of signed-note: ED25519, or COSIGNATURE (tlog-cosignature) for a witness's key.
    """

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Key ID: 4 bytes that distinguish this key from others of the same name (signed-note, "Signatures")."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Parses a verifier key (signed-note, "Verifier keys").

        Raises Malformed, also on the wrong key ID, and on a key of small order, for which anybody can sign.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed("expected <name>+<key id>+<base64>")
        name, key_id, encoded = parts
        _check_name(name)
        key = decode_base64(encoded)
        if not key or key[0] not in (ED25519, COSIGNATURE):
            raise Malformed("the type of this verifier key is not supported; expected 1 (Ed25519) or 4 (cosignature)")
        if len(key) != 1 + _KEY_BYTES:
            raise Malformed(f"expected an Ed25519 key of {_KEY_BYTES} bytes, found {len(key) - 1}")
        if _has_small_order(key[1:]):
            raise Malformed(
                "anybody can sign for this key: it is a point of small order, which belongs to no private key"
            )
        verifier = cls(name, key[0], key[1:])
        if verifier.key_id.hex() != key_id:
            raise Malformed(f"the key id of this verifier key is {verifier.key_id.hex()}, not {key_id[:16]}")
        return verifier

    def accepts(self, text: str, signature: bytes) -> bool:
        """Tells if `signature` (without the key ID) is a valid one of `text` (RFC 8032, or tlog-cosignature "Format")."""
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
    """A private Ed25519 key with its name; `seed` is the 32-byte private key of RFC 8032."""

    def __init__(self, name: str, seed: bytes) -> None:
        _check_name(name)
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def verifier(self) -> Verifier:
        """The public key of a signer of notes."""
        return Verifier(self.name, ED25519, self._key.public_key().public_bytes_raw())

    @property
    def cosigner(self) -> Verifier:
        """The public key of a witness."""
        return Verifier(self.name, COSIGNATURE, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Signs a note's text; returns the signature line with its newline (signed-note, "Ed25519 signatures")."""
        _check_text(text)
        return _line(self.verifier, self._key.sign(text.encode()))

    def cosign(self, text: str, time: int) -> str:
        """Cosigns a checkpoint's text at `time` (Unix seconds); returns the signature line (tlog-cosignature)."""
        _check_text(text)
        return _line(self.cosigner, time.to_bytes(8, "big") + self._key.sign(_cosigned(text, time)))


def _line(key: Verifier, signature: bytes) -> str:
    return str(Signature(key.name, key.key_id, signature))


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise Malformed("the text of a note must end in a newline")
    if any(c < " " and c != "\n" for c in text):
        raise Malformed("a note must not contain control characters other than newlines")


@dataclass(frozen=True)
class Signature:
    """A signature line (signed-note, "Signatures"): the key's name, its ID, and the bytes that follow the ID."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def time(self) -> int:
        """Time of a witness's cosignature (Unix seconds; tlog-cosignature, "Format"); meaningless on other signatures."""
        return int.from_bytes(self.data[:8], "big")

    def __str__(self) -> str:
        """Returns the line with its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.data)}\n"


@dataclass(frozen=True)
class Note:
    """A text with its signatures (signed-note, "Format"), which are not verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> "Note":
        """Parses a note (signed-note, "Format") of at most 100 signatures and 1,000,000 bytes. Raises Malformed."""
        try:
            encoded = data.encode() if isinstance(data, str) else data
            if len(encoded) > MAX_NOTE_BYTES:
                raise Malformed(f"a note has at most {MAX_NOTE_BYTES} bytes")
            whole = encoded.decode()
        except UnicodeError:
            raise Malformed("a note must be UTF-8") from None
        head, separator, tail = whole.rpartition("\n\n")
        text = head + "\n"
        if not separator or not tail.endswith("\n"):
            raise Malformed("expected a text, an empty line, and signature lines that each end in a newline")
        _check_text(whole)
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise Malformed(f"a note has at most {MAX_SIGNATURES} signatures")
        return cls(text, tuple(map(_signature, lines)))

    def verify(self, keys: Iterable[Verifier]) -> list[Verifier]:
        """Returns those of `keys` that signed; ignores signatures of unknown keys (signed-note, "Signatures").

        Raises NotSigned when none signed, or when a key has an invalid signature, or more than one.
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
                raise NotSigned(f"{key.name} has two signatures")
            signed.append(key)
        if not signed:
            raise NotSigned(
                "no given key signed this; compare the verifier key with the one that the log's operator gives out"
            )
        return signed


def _signature(line: str) -> Signature:
    name, separator, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not separator:
        raise Malformed("expected a signature line: em dash, name, base64")
    _check_name(name)
    data = decode_base64(encoded)
    if len(data) < 5:
        raise Malformed("a signature must be longer than its key id")
    return Signature(name, data[:4], data[4:])


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log (tlog-checkpoint): origin, number of entries, and root hash."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed (tlog-checkpoint, "Note text")."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    def signed(self, *signers: Signer) -> str:
        """Signs the checkpoint as a note (tlog-checkpoint, "Signatures"). Raises ValueError without a key of the origin's name.

        The caller makes sure that this head is consistent with every head signed before: a signature cannot be revoked.
        """
        if wrong := [signer.name for signer in signers if signer.name != self.origin]:
            raise ValueError(f"the key is of {wrong[0]}, the log is {self.origin}")
        if not signers:
            raise ValueError("a checkpoint needs a signature of at least one key")
        return f"{self.text}\n{''.join(signer.sign(self.text) for signer in signers)}"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Parses the checkpoint in a note's text (tlog-checkpoint, "Note text"). Raises Malformed.

        Ignores extension lines, which our logs do not write; like every line, they must not be empty.
        """
        *lines, end = text.split("\n")
        if len(lines) < 3 or end or not all(lines):
            raise Malformed("expected a checkpoint: lines with origin, size and root, none of them empty")
        return cls(lines[0], decode_decimal(lines[1]), decode_hash(lines[2]))


def open_checkpoint(
    data: bytes | str,
    log: Verifier,
    witnesses: Collection[Verifier] = (),
    quorum: int = 0,
    *,
    other_keys: Collection[Verifier] = (),
) -> tuple[Checkpoint, Note]:
    """Opens a checkpoint (tlog-checkpoint) that the log key `log` signed and at least `quorum` of the witnesses cosigned.

    `other_keys` are further keys of the same log, during a key rotation: a signature of one of them all is enough. A key
    of the log's name never counts as a witness.

    Raises Malformed; NotSigned when the log did not sign, or a signature of these keys is invalid; NotCosigned when all
    signatures are valid, but fewer than `quorum` witnesses cosigned.
    """
    note = Note.parse(data)
    signed = note.verify([log, *other_keys, *witnesses])
    if not any(key in signed and key.name == log.name for key in (log, *other_keys)):
        raise NotSigned(f"no key of the log {log.name} signed this")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise NotSigned(f"this checkpoint is of the log {checkpoint.origin}, the key is of {log.name}")
    missing = [witness.name for witness in witnesses if witness not in signed or witness.name == log.name]
    if (cosigned := len(witnesses) - len(missing)) < quorum:
        raise NotCosigned(f"{cosigned} of {quorum} required cosignatures; missing: {', '.join(missing)}")
    return checkpoint, note
