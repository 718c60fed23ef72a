"""The doors of `/verify/<id>`: the page, and what a reader takes home to check without it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amanah.contracts.actor import Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.proofs import Evidence, GetEvidence, GetLogState, LogState
from amanah.contracts.errors import AmanahError, NotFound, NotYet
from amanah.contracts.ids import kind_of
from amanah.tlog.checkpoint import Note, Signature, Verifier
from gateway.access.authenticator import Authenticator
from gateway.context import Context
from gateway.pages import page
from gateway.problems import with_problems
from gateway.verify.i18n import WIB, Translator
from gateway.verify.verifiable import KINDS, VerifiableRecord

_FRESH = "public, max-age=5"
_LONGEST_ID = 64


@dataclass(frozen=True)
class Witness:
    """A witness with a line under the head, and when it saw that head by its own word; None where the line is not its own."""

    key: Verifier
    saw: datetime | None

    @classmethod
    def of(cls, key: Verifier, signature: Signature, text: str) -> "Witness":
        """What `signature` under `text` says in the name of `key` (tlog-cosignature, "Format")."""
        try:
            return cls(key, datetime.fromtimestamp(signature.time, WIB) if key.accepts(text, signature.data) else None)
        except (ValueError, OverflowError, OSError):  # a time that no calendar has
            return cls(key, None)


@dataclass(frozen=True)
class Proven:
    """What the log proves of a thing: the entry about it, who signed and cosigned the head, and the entry of its state.

    The times are those that the entries themselves hold: whatever else the house has noted of them is in no leaf.
    """

    evidence: Evidence
    time: datetime
    origin: str
    witnesses: tuple[Witness, ...]
    state: Evidence
    state_time: datetime
    agrees: bool

    @classmethod
    def of(cls, thing: VerifiableRecord, evidence: Evidence, state: Evidence, log: LogState) -> "Proven":
        """What `evidence` proves of `thing`, with the keys of the log."""
        note = Note.parse(evidence.checkpoint)
        lines = {(signature.name, signature.key_id): signature for signature in note.signatures}
        entry, newest = orjson.loads(evidence.leaf), orjson.loads(state.leaf)
        return cls(
            evidence=evidence,
            time=datetime.fromisoformat(entry["time"]),
            origin=note.text.partition("\n")[0],
            witnesses=tuple(
                Witness.of(key, line, note.text)
                for key in map(Verifier.parse, log.witnesses)
                if (line := lines.get((key.name, key.key_id)))
            ),
            state=state,
            state_time=datetime.fromisoformat(newest["time"]),
            agrees=not thing.after or entry["after"] == thing.after,
        )


class VerifyPage:
    """The page, the proof file and the entry's text; public, and bounded an address."""

    def __init__(self, authenticator: Authenticator, contexts: Callable[[Actor], Context], public_url: str) -> None:
        self._authenticator = authenticator
        self._contexts = contexts
        self._url = public_url.rstrip("/")

    def routes(self) -> list[Route]:
        """`GET /verify/<id>`, `.../proof` and `.../entry`."""
        return [
            Route("/verify/{id}", self.show, methods=["GET"]),
            Route("/verify/{id}/proof", with_problems(self.proof), methods=["GET"]),
            Route("/verify/{id}/entry", with_problems(self.entry), methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """What is on record of the thing, what the log proves of it, and the checks that the reader's browser makes."""
        t = Translator(request.query_params.get("lang"))
        try:
            context, thing = await self._found(request, t)
            log = await context.call(GetLogState())
            proven = await _proven(context, thing, log)
        except NotFound:
            return page("verify/missing.html", 404, kept=_FRESH)
        except AmanahError as error:
            return page("verify/later.html", 429 if error.kind == "THROTTLED" else 503)
        return page(
            "verify/record.html",
            kept=_FRESH,
            nonce=secrets.token_urlsafe(16),
            language=t.language,
            t=t,
            thing=thing,
            named=request.path_params["id"],
            proven=proven,
            keys=log.keys or (log.key,),
            here=f"{self._url}/verify/{thing.id}",
            log=f"{self._url}/log",
        )

    async def proof(self, request: Request) -> Response:
        """The proof as a c2sp.org/tlog-proof@v1 file."""
        evidence = await self._evidence(request)
        return _file(evidence.proof, "text/plain; charset=utf-8", f"{evidence.subject_id}.tlog-proof")

    async def entry(self, request: Request) -> Response:
        """The entry's text; its bytes are the leaf of the log."""
        evidence = await self._evidence(request)
        return _file(evidence.leaf, "application/json", f"{evidence.subject_id}.entry.json")

    async def _evidence(self, request: Request) -> Evidence:
        context, thing = await self._found(request, Translator())
        evidence = await _newest(context, thing.action, thing.id)
        if evidence is None:
            raise NotYet("not_yet.record")
        return evidence

    async def _found(self, request: Request, t: Translator) -> tuple[Context, VerifiableRecord]:
        context = self._contexts(await self._authenticator.authenticate_anonymous(request))
        named = request.path_params["id"]
        find = KINDS.get(kind_of(named) or "") if len(named) <= _LONGEST_ID else None
        if find is None:
            raise NotFound("not_found.record")
        return context, await find(context, t, named)


async def _proven(context: Context, thing: VerifiableRecord, log: LogState) -> Proven | None:
    """What the log proves of the thing; None while no published checkpoint covers it."""
    evidence = await _newest(context, thing.action, thing.id)
    if evidence is None:
        return None
    same = thing.state.action == thing.action
    state = evidence if same else await _newest(context, thing.state.action, thing.id)
    return Proven.of(thing, evidence, state or evidence, log)


async def _newest(context: Context, action: AuditAction, about: str) -> Evidence | None:
    answer = await context.call(GetEvidence(action=action, about=(about,)))
    return next(iter(answer.nodes), None)


def _file(text: str, media_type: str, name: str) -> Response:
    return Response(
        text,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": _FRESH,
            "access-control-allow-origin": "*",
            "x-content-type-options": "nosniff",
        },
    )
