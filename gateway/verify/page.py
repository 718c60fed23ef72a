"""`/verify/<id>`: the page of a record, and the files to verify it without the page."""

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
class Cosignature:
    """A witness's signature under the checkpoint, and the time it states; None for an invalid signature."""

    key: Verifier
    saw: datetime | None

    @classmethod
    def of(cls, key: Verifier, signature: Signature, text: str) -> "Cosignature":
        """Verifies the `signature` of `key` under `text` (tlog-cosignature, "Format")."""
        try:
            return cls(key, datetime.fromtimestamp(signature.time, WIB) if key.accepts(text, signature.data) else None)
        except (ValueError, OverflowError, OSError):  # a time that no calendar has
            return cls(key, None)


@dataclass(frozen=True)
class Proof:
    """Proof of a record: the entry about it, the signatures of the checkpoint, and the entry of its state.

    The times are those in the entries themselves: other times on record are in no leaf.
    """

    evidence: Evidence
    time: datetime
    origin: str
    witnesses: tuple[Cosignature, ...]
    state: Evidence
    state_time: datetime
    agrees: bool

    @classmethod
    def of(cls, record: VerifiableRecord, evidence: Evidence, state: Evidence, log: LogState) -> "Proof":
        """Combines the `evidence` of a record with the keys of the log."""
        note = Note.parse(evidence.checkpoint)
        lines = {(signature.name, signature.key_id): signature for signature in note.signatures}
        entry, newest = orjson.loads(evidence.leaf), orjson.loads(state.leaf)
        return cls(
            evidence=evidence,
            time=datetime.fromisoformat(entry["time"]),
            origin=note.text.partition("\n")[0],
            witnesses=tuple(
                Cosignature.of(key, line, note.text)
                for key in map(Verifier.parse, log.witnesses)
                if (line := lines.get((key.name, key.key_id)))
            ),
            state=state,
            state_time=datetime.fromisoformat(newest["time"]),
            agrees=not record.after or entry["after"] == record.after,
        )


class VerifyPage:
    """The page, the proof file and the entry's text. Public, with a rate limit per address."""

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
        """Shows the facts of a record, its proof, and the checks that the reader's browser makes."""
        t = Translator(request.query_params.get("lang"))
        try:
            context, record = await self._find(request, t)
            log = await context.call(GetLogState())
            proven = await _load_proof(context, record, log)
        except NotFound:
            return page("verify/missing.html", 404, cache_control=_FRESH)
        except AmanahError as error:
            return page("verify/later.html", 429 if error.kind == "THROTTLED" else 503)
        return page(
            "verify/record.html",
            cache_control=_FRESH,
            nonce=secrets.token_urlsafe(16),
            language=t.language,
            t=t,
            thing=record,
            named=request.path_params["id"],
            proven=proven,
            keys=log.keys or (log.key,),
            here=f"{self._url}/verify/{record.id}",
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
        context, record = await self._find(request, Translator())
        evidence = await _newest(context, record.action, record.id)
        if evidence is None:
            raise NotYet("not_yet.record")
        return evidence

    async def _find(self, request: Request, t: Translator) -> tuple[Context, VerifiableRecord]:
        context = self._contexts(await self._authenticator.authenticate_anonymous(request))
        identifier = request.path_params["id"]
        find = KINDS.get(kind_of(identifier) or "") if len(identifier) <= _LONGEST_ID else None
        if find is None:
            raise NotFound("not_found.record")
        return context, await find(context, t, identifier)


async def _load_proof(context: Context, record: VerifiableRecord, log: LogState) -> Proof | None:
    """Collects the proof of a record; None while no published checkpoint covers it."""
    evidence = await _newest(context, record.action, record.id)
    if evidence is None:
        return None
    same = record.state.action == record.action
    state = evidence if same else await _newest(context, record.state.action, record.id)
    return Proof.of(record, evidence, state or evidence, log)


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
