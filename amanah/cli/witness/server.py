"""Witness server (C2SP tlog-witness): cosigns a log's checkpoints, but never two that contradict each other.

Its state is a folder. `<folder>/<sha256 of the origin>/checkpoint` is the latest cosigned checkpoint of a log, as it is served.
Beside it is evidence against the log, in bounded number: `forks/` has other signed roots of a cosigned size, `refused/` signed
checkpoints without a valid consistency proof.
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
from amanah.tlog.witness import AddCheckpoint, CheckpointRefused, check_request

log = structlog.get_logger()

MAX_EVIDENCE = 50
"""Evidence kept of one kind and log: the first, and the newest. Each is two checkpoints, bounded by the request's size."""

_BODY_TIMEOUT = 10.0


class DamagedState(Exception):
    """The stored checkpoint of a log is not what the witness wrote; it must not cosign any more. The text names the log."""


class WitnessServer:
    """Cosigns checkpoints of the given logs; a log has several keys of the same name during a key rotation."""

    def __init__(
        self, folder: Path, signer: Signer, logs: Iterable[Verifier], clock: Callable[[], float] = time.time
    ) -> None:
        """Raises DamagedState. The caller holds a lock on the folder, which only this process may use."""
        self.signer = signer
        self._clock = clock
        self._keys: dict[str, list[Verifier]] = {}
        for key in logs:
            self._keys.setdefault(key.name, []).append(key)
        self._files = {origin: folder / protocol.checkpoint_path(origin) for origin in self._keys}
        for file in self._files.values():
            file.parent.mkdir(parents=True, exist_ok=True)
            for created in (file.parent, folder, folder.parent):
                _sync_folder(created)
        self._notes = {origin: self._read(origin) for origin in self._keys}

    def _read(self, origin: str) -> str | None:
        file = self._files[origin]
        try:
            text = file.read_bytes().decode()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedState(f"{file}, the latest checkpoint of {origin}, cannot be read: {error}.") from None
        try:
            note = Note.parse(text)
            note.verify([self.signer.cosigner])
            if Checkpoint.parse(note.text).origin != origin:
                raise Malformed("it is of another log")
        except (Malformed, NotSigned) as error:
            raise DamagedState(f"{file} is not a checkpoint of {origin} cosigned by this witness: {error}.") from None
        return text

    def known(self, origin: str) -> Checkpoint | None:
        """Returns the latest cosigned checkpoint of this log; None before the first."""
        note = self._notes.get(origin)
        return Checkpoint.parse(Note.parse(note).text) if note else None

    def cosign(self, request: AddCheckpoint) -> str:
        """Stores and cosigns a checkpoint; returns the signature line. Raises CheckpointRefused, and OSError of the disk.

        It does not await: no other request may come between the check, the write and the signature.
        """
        origin, note = request.head.origin, request.note
        keys = self._keys.get(origin, [])
        try:
            check_request(request, self.known(origin), keys)
        except CheckpointRefused as refusal:
            self._save_evidence(request, refusal)
            raise
        line = self.signer.cosign(note.text, int(self._clock()))
        stored = self._trusted_note(request) + line
        _write(self._files[origin], stored)
        self._notes[origin] = stored
        return line

    def _trusted_note(self, request: AddCheckpoint) -> str:
        """Returns the checkpoint with the signatures of the log's own keys only; anybody can add others."""
        note = request.note
        trusted = {(key.name, key.key_id) for key in self._keys[request.head.origin]}
        signatures = "".join(str(s) for s in note.signatures if (s.name, s.key_id) in trusted)
        return f"{note.text}\n{signatures}"

    def _save_evidence(self, request: AddCheckpoint, refusal: CheckpointRefused) -> None:
        """Saves a signed checkpoint that may contradict the cosigned one, together with the cosigned one."""
        if refusal.status not in (409, 422):
            return  # the log did not sign it, or it is not valid
        head = request.head
        known = self.known(head.origin)
        forked = known is not None and head.size == known.size and head.root != known.root
        if refusal.size is not None and not forked:
            return  # it starts from another size, as every restarted log does
        folder = self._files[head.origin].parent / ("forks" if forked else "refused")
        notes = {"refused": self._trusted_note(request), "cosigned": self._notes[head.origin] or ""}
        try:
            saved = _add_evidence(folder, request.note.text, notes)
        except OSError as error:
            log.warning("evidence cannot be saved", error=str(error))
            return
        if saved:
            log.warning("checkpoint refused", log=head.origin, size=head.size, reason=str(refusal), evidence=str(saved))

    def routes(self) -> list[Route]:
        """Returns the routes of tlog-witness; submission and monitoring prefix are the same."""
        return [
            Route(f"/{protocol.ADD_CHECKPOINT}", self._add_checkpoint, methods=["POST"]),
            Route("/{log}/checkpoint", self._checkpoint, methods=["GET"]),
        ]

    async def _add_checkpoint(self, http: HttpRequest) -> Response:
        try:
            request = AddCheckpoint.parse(await _read_body(http))
            return PlainTextResponse(self.cosign(request))
        except Malformed as error:
            return PlainTextResponse(f"{error}\n", 400)
        except (ClientDisconnect, TimeoutError):
            return PlainTextResponse("The request is not complete.\n", 408)
        except CheckpointRefused as refusal:
            if refusal.size is None:
                return PlainTextResponse(f"{refusal}\n", refusal.status)
            size = protocol.encode_size(refusal.size)
            # Not PlainTextResponse: it would add a charset to the media type of the specification.
            return Response(size, refusal.status, {"content-type": protocol.SIZE_TYPE})
        except OSError as error:
            log.error("checkpoint cannot be stored", error=str(error))
            return PlainTextResponse("The witness cannot store the checkpoint.\n", 503)

    async def _checkpoint(self, http: HttpRequest) -> Response:
        wanted = f"{http.path_params['log']}/checkpoint"
        for origin, note in self._notes.items():
            if note is not None and protocol.checkpoint_path(origin) == wanted:
                return PlainTextResponse(note, headers={"cache-control": "no-store"})
        return PlainTextResponse("This witness has not cosigned this log.\n", 404)


async def _read_body(http: HttpRequest) -> bytes:
    """Reads the body. Raises Malformed as soon as it exceeds the size limit."""
    body = bytearray()
    async with asyncio.timeout(_BODY_TIMEOUT):
        async for chunk in http.stream():
            body += chunk
            if len(body) > protocol.MAX_BYTES:
                raise Malformed(f"a request has at most {protocol.MAX_BYTES} bytes")
    return bytes(body)


_EVIDENCE = re.compile(r"[0-9]{12}-[0-9a-f]{64}")


def _add_evidence(folder: Path, text: str, notes: Mapping[str, str]) -> Path | None:
    """Saves the notes in a folder of their own; returns it, or None when there is evidence of this `text` already.

    The first evidence stays for good; of the later ones the oldest is removed, so that nobody can fill the disk.
    """
    folder.mkdir(exist_ok=True)
    digest = sha256(text.encode()).hexdigest()
    saved = sorted(name for name in os.listdir(folder) if _EVIDENCE.fullmatch(name))
    if any(name.endswith(digest) for name in saved):
        return None
    for name in saved[1 : max(1, len(saved) - MAX_EVIDENCE + 2)]:
        shutil.rmtree(folder / name)
    number = int(saved[-1].partition("-")[0]) + 1 if saved else 1
    draft, target = folder / ".draft", folder / f"{number:012}-{digest}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name, note in notes.items():
        _write(draft / name, note)
    draft.replace(target)
    _sync_folder(folder)
    return target


def _write(file: Path, text: str) -> None:
    """Writes a file atomically and durably."""
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("wb") as written:
        written.write(text.encode())
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
