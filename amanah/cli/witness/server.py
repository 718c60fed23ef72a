"""A small witness (C2SP tlog-witness): it cosigns a log's checkpoints, and never two that contradict each other.

It needs the log's mathematics and a folder. `<folder>/<sha256 of the origin>/checkpoint` holds the one checkpoint of each log
that matters, the latest that was cosigned, as it is served. Beside it lies what the log signed against itself, bounded:
`forks/` holds other roots of a size that was cosigned, `refused/` what did not prove to have grown from there.
"""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import structlog
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from amanah.tlog import witness as protocol
from amanah.tlog.checkpoint import Checkpoint, Note, NotSigned, Signer, Verifier
from amanah.tlog.layout import Malformed
from amanah.tlog.witness import Refused, Request, decide

log = structlog.get_logger()

MOST_KEPT = 50
"""So much evidence of one kind is kept of a log: the first, and the newest. Each is two checkpoints of a request's size."""

_BODY_WITHIN = 10.0


class Damaged(Exception):
    """What the witness remembers of a log is not what it wrote. It must cosign nothing more; the text says of which log."""


class Witness:
    """Cosigns for the logs whose keys it is given; a log whose keys are being rotated has two of the same name."""

    def __init__(
        self, folder: Path, signer: Signer, logs: Iterable[Verifier], clock: Callable[[], float] = time.time
    ) -> None:
        """Raises Damaged. The folder is this process's alone: the caller holds a lock on it."""
        self.signer = signer
        self._clock = clock
        self._keys: dict[str, list[Verifier]] = {}
        for key in logs:
            self._keys.setdefault(key.name, []).append(key)
        self._files = {origin: folder / protocol.checkpoint_path(origin) for origin in self._keys}
        for file in self._files.values():
            file.parent.mkdir(parents=True, exist_ok=True)
            for made in (file.parent, folder, folder.parent):
                _settle(made)
        self._notes = {origin: self._read(origin) for origin in self._keys}

    def _read(self, origin: str) -> str | None:
        file = self._files[origin]
        try:
            text = file.read_bytes().decode()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Damaged(f"{file}, the latest checkpoint of {origin}, cannot be read: {error}.") from None
        try:
            note = Note.parse(text)
            note.verify([self.signer.cosigner])
            if Checkpoint.parse(note.text).origin != origin:
                raise Malformed("it is of another log")
        except (Malformed, NotSigned) as error:
            raise Damaged(
                f"{file} is not the latest checkpoint of {origin} that this witness cosigned: {error}."
            ) from None
        return text

    def known(self, origin: str) -> Checkpoint | None:
        """The latest checkpoint that was cosigned of this log."""
        note = self._notes.get(origin)
        return Checkpoint.parse(Note.parse(note).text) if note else None

    def cosign(self, request: Request) -> str:
        """The cosignature line. Raises Refused, and OSError when the checkpoint cannot be stored; then nothing is cosigned.

        It is one step without a pause: no other request comes between what is known, what is stored and what is signed.
        """
        origin, note = request.head.origin, request.note
        keys = self._keys.get(origin, [])
        try:
            decide(request, self.known(origin), keys)
        except Refused as refusal:
            self._keep(request, refusal)
            raise
        line = self.signer.cosign(note.text, int(self._clock()))
        stored = self._signed(request) + line
        _write(self._files[origin], stored)
        self._notes[origin] = stored
        return line

    def _signed(self, request: Request) -> str:
        """The checkpoint as the log's own keys signed it; lines of others are anybody's."""
        note = request.note
        trusted = {(key.name, key.key_id) for key in self._keys[request.head.origin]}
        signatures = "".join(str(s) for s in note.signatures if (s.name, s.key_id) in trusted)
        return f"{note.text}\n{signatures}"

    def _keep(self, request: Request, refusal: Refused) -> None:
        """Keep a checkpoint that the log signed and that may contradict what was cosigned, with what was cosigned."""
        if refusal.status not in (409, 422):
            return  # nothing is known of who made it
        head = request.head
        known = self.known(head.origin)
        forked = known is not None and head.size == known.size and head.root != known.root
        if refusal.size is not None and not forked:
            return  # it asks from another size, as every log does that was started again
        folder = self._files[head.origin].parent / ("forks" if forked else "refused")
        notes = {"refused": self._signed(request), "cosigned": self._notes[head.origin] or ""}
        try:
            kept = _add_evidence(folder, request.note.text, notes)
        except OSError as error:
            log.warning("what was refused cannot be kept", error=str(error))
            return
        if kept:
            log.warning("a log is refused", log=head.origin, size=head.size, why=str(refusal), kept=str(kept))

    def routes(self) -> list[Route]:
        """The HTTP interface of tlog-witness; submission and monitoring prefix are the same."""
        return [
            Route(f"/{protocol.ADD_CHECKPOINT}", self._add_checkpoint, methods=["POST"]),
            Route("/{log}/checkpoint", self._checkpoint, methods=["GET"]),
        ]

    async def _add_checkpoint(self, http: HttpRequest) -> Response:
        try:
            request = Request.parse(await _body(http))
            return PlainTextResponse(self.cosign(request))
        except Malformed as error:
            return PlainTextResponse(f"{error}\n", 400)
        except (ClientDisconnect, TimeoutError):
            return PlainTextResponse("The request did not come whole.\n", 408)
        except Refused as refusal:
            if refusal.size is None:
                return PlainTextResponse(f"{refusal}\n", refusal.status)
            size = protocol.encode_size(refusal.size)
            # Not a text response: that would add a charset, and the standard names the type alone.
            return Response(size, refusal.status, {"content-type": protocol.SIZE_TYPE})
        except OSError as error:
            log.error("the checkpoint cannot be stored", error=str(error))
            return PlainTextResponse("The witness cannot store the checkpoint.\n", 503)

    async def _checkpoint(self, http: HttpRequest) -> Response:
        asked = f"{http.path_params['log']}/checkpoint"
        for origin, note in self._notes.items():
            if note is not None and protocol.checkpoint_path(origin) == asked:
                return PlainTextResponse(note, headers={"cache-control": "no-store"})
        return PlainTextResponse("This witness has cosigned no such log.\n", 404)


async def _body(http: HttpRequest) -> bytes:
    """Raises Malformed as soon as it is longer than a request can be."""
    body = bytearray()
    async with asyncio.timeout(_BODY_WITHIN):
        async for chunk in http.stream():
            body += chunk
            if len(body) > protocol.MAX_BYTES:
                raise Malformed(f"a request has at most {protocol.MAX_BYTES} bytes")
    return bytes(body)


_EVIDENCE = re.compile(r"[0-9]{12}-[0-9a-f]{64}")


def _add_evidence(folder: Path, text: str, notes: Mapping[str, str]) -> Path | None:
    """Where these notes lie now; None when there is evidence of this `text` already, whoever sends it again.

    The first stays for good. Of the later ones the oldest goes: with whatever the log signed, nobody fills the disk.
    """
    folder.mkdir(exist_ok=True)
    of = sha256(text.encode()).hexdigest()
    kept = sorted(name for name in os.listdir(folder) if _EVIDENCE.fullmatch(name))
    if any(name.endswith(of) for name in kept):
        return None
    for name in kept[1 : max(1, len(kept) - MOST_KEPT + 2)]:
        shutil.rmtree(folder / name)
    number = int(kept[-1].partition("-")[0]) + 1 if kept else 1
    draft, made = folder / ".draft", folder / f"{number:012}-{of}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name, note in notes.items():
        _write(draft / name, note)
    draft.replace(made)
    _settle(folder)
    return made


def _write(file: Path, text: str) -> None:
    """Writes a file so that a power cut at any moment leaves what was there, or all of this."""
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("wb") as written:
        written.write(text.encode())
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    _settle(file.parent)


def _settle(folder: Path) -> None:
    """Makes the names in a folder last."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
