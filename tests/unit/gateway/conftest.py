"""A gateway for unit tests: owners that answer from a table, users that it knows, and its HTTP endpoints."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.types import Message

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.area_table import AreaTable
from amanah.contracts.areas import Scope
from amanah.contracts.audit.proofs import Evidence
from amanah.contracts.buckets import AUDIT
from amanah.contracts.errors import AmanahError, NotFound, Unauthenticated
from amanah.contracts.message import Many, Request
from amanah.contracts.users import ListOfficers, OfficerView
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import Claims, PartnerIssuer, Verifier
from gateway import app
from gateway.access.authenticator import Authenticator
from gateway.app import public_routes
from gateway.changes.feed import Feed
from gateway.context import Context
from gateway.schema.errors import format_error
from gateway.schema.root import Schema, schema
from gateway.schema.subscriptions import EVENTS
from gateway.settings import GatewaySettings

A = TypeVar("A", bound=BaseModel)

OPERATIONS = Path(__file__).parents[2] / "acceptance" / "operations.graphql"


class Owners:
    """Answers requests from a table, and remembers what was asked. An answer may be an error or a function."""

    def __init__(self) -> None:
        self.answers: dict[type[Request[Any]], Any] = {}
        self.asked: list[Request[Any]] = []

    async def call(self, ask: Request[A], actor: Actor) -> A:
        self.asked.append(ask)
        answer = self.answers[type(ask)]
        if isinstance(answer, Exception):
            raise answer
        made: A = answer(ask) if callable(answer) else answer
        return made


class Acquaintances:
    """Knows people by name and officers by area; remembers denials."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.officers: dict[str, str] = {}
        self.denials: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str]] = []
        self.looked_up = 0
        self.known_officers: tuple[OfficerView, ...] = ()
        self.asked: list[tuple[Scope, ListOfficers]] = []

    async def list_officers(self, scope: Scope, ask: ListOfficers) -> Many[OfficerView]:
        self.asked.append((scope, ask))
        found = self.known_officers
        return Many(nodes=found, cursors=tuple(officer.id for officer in found), total=len(found))

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        self.looked_up += 1
        return {i: self.known[i] for i in ids if i in self.known}

    async def is_officer(self, user_id: str, area: str) -> bool:
        return self.officers.get(user_id) == area

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        self.denials.append((actor.name, type(ask).__name__))

    async def record_refusal(self, actor: Actor, ask: Request[Any], refusal: AmanahError) -> None:
        self.refusals.append((type(ask).__name__, refusal.code))


@cache
def built() -> Schema:
    """The schema, which takes a while to build."""
    return schema()


class Gateway:
    """Sends operations of the contract to the schema."""

    def __init__(self) -> None:
        self.owners = Owners()
        self.people = Acquaintances()
        self.areas = AreaTable(
            {
                "ID": "Indonesia",
                "32": "Jawa Barat",
                "32.01": "Kabupaten Bogor",
                "32.01.05": "Cibungbulang",
                "32.01.05.2001": "Sukamaju",
                "32.01.05.2002": "Cimanggu",
                "33": "Jawa Tengah",
            }
        )
        self.schema = built()
        document = parse(OPERATIONS.read_text())
        self.operations = {
            d.name.value: print_ast(d)
            for d in document.definitions
            if isinstance(d, OperationDefinitionNode) and d.name
        }

    async def ask(self, viewer: Actor, query: str, **variables: Any) -> dict[str, Any]:
        """The response to an operation of the contract by its name, or to a document."""
        context = Context(viewer, self.owners, self.people, self.areas)
        document = self.operations.get(query, query)
        result = await self.schema.execute(document, variable_values=variables, context_value=context)
        errors: list[GraphQLError] = result.errors or []
        return {"data": result.data, "errors": [format_error(e, "request-1") for e in errors]}

    async def data(self, viewer: Actor, query: str, **variables: Any) -> Any:
        """The data of a response without errors."""
        response = await self.ask(viewer, query, **variables)
        assert response["errors"] == []
        return response["data"]


@pytest.fixture
def gateway() -> Gateway:
    """A gateway of this test's own."""
    return Gateway()


@pytest.fixture
def supervisor(person: Callable[..., Actor]) -> Actor:
    """The supervisor of a regency."""
    return person("Ratna", SUPERVISOR="32.01")


@pytest.fixture
def officer(person: Callable[..., Actor]) -> Actor:
    """An officer of a district."""
    return person("Budi", OFFICER="32.01.05")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The extensions of the first GraphQL error."""
        return self.json["errors"][0]["extensions"]


@dataclass
class Visits:
    """Remembers who came and who was refused."""

    sessions: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    denials: list[str] = field(default_factory=list)
    signatures: set[tuple[str, str]] = field(default_factory=set)

    async def use_signature(self, partner_id: str, nonce: str, until: datetime) -> None:
        if (partner_id, nonce) in self.signatures:
            raise Unauthenticated("signature_replayed")
        self.signatures.add((partner_id, nonce))

    async def begin_session(self, claims: Claims) -> None:
        self.sessions.append(claims.token_id)

    async def record_refused_token(self, code: str) -> None:
        self.refusals.append(code)

    async def record_denial(self, actor: Actor, ask: Request[Any], denial: AmanahError) -> None:
        self.denials.append(type(ask).__name__)


@dataclass
class Files:
    """An object store of a few files."""

    files: dict[str, bytes] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def get(self, bucket: str, key: str) -> bytes:
        assert bucket == AUDIT
        self.read.append(key)
        if key not in self.files:
            raise NotFound("not_found.object")
        return self.files[key]


class House:
    """HTTP endpoints of a gateway whose owners answer from a table."""

    def __init__(self, folder: Path, owners: Owners, **settings: Any) -> None:
        self.issuer = LocalIssuer(folder / "keys", "amanah-trial", "amanah")
        self.folder = folder
        self.owners = owners
        self.visits = Visits()
        self.files = Files()
        self.evidence: dict[tuple[str, str], Evidence] = {}
        chosen = GatewaySettings(**settings)
        partners = PartnerIssuer([b"p" * 32], "amanah")
        self.verifier = Verifier(self.issuer.jwks(), "amanah-trial", "amanah", partners)
        users: Any = self.visits  # which stand for users
        self.authenticator = Authenticator(self.verifier, users, chosen, Keyring.parse(Keyring.generate()))
        files: Any = self.files  # which stand for the object store
        bus: Any = None  # changes are passed to the feed by hand
        self.feed = Feed(bus, EVENTS)
        mount = public_routes(self.authenticator, owners, users, files, self.feed, chosen, "https://amanah.test")
        self.app = Starlette(routes=[mount])

    def token(self, name: str = "Sari", role: Role = Role.SUPERVISOR, area: str = "32", **more: Any) -> str:
        return self.issuer.issue(name, [Grant(role=role, area=area)], **more)

    async def send(
        self, method: str, path: str, body: bytes | Any = b"", *, token: str | None = "", **headers: str
    ) -> Answer:
        """One request; `token` is the supervisor's unless given, None for no token."""
        if token is not None:
            headers["authorization"] = f"Bearer {token or self.token()}"
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content_type", "application/json")
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("10.0.0.7", 5000), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        chunks = [body[at : at + 100_000] for at in range(0, len(body), 100_000)] or [b""]
        started: Message = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        headers_out = {k.decode().lower(): v.decode() for k, v in started["headers"]}
        return Answer(started["status"], headers_out, b"".join(parts))

    async def graphql(self, query: Any, **more: Any) -> Answer:
        return await self.send("POST", "/graphql", {"query": query}, **more)


@pytest.fixture(scope="session", autouse=True)
def schemas() -> Iterator[None]:
    """A schema is built once for the same limits: it holds nothing of a test, and takes a while to build."""
    built: dict[str, Schema] = {}

    def build_once(settings: GatewaySettings) -> Schema:
        limits = settings.model_dump_json()
        if limits not in built:
            built[limits] = build(settings)
        return built[limits]

    with pytest.MonkeyPatch.context() as patch:
        build = app.build_schema
        patch.setattr(app, "build_schema", build_once)
        yield


Built = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path, gateway: Gateway) -> Built:
    """Builds the endpoints with the given settings."""
    return lambda **settings: House(tmp_path, gateway.owners, **settings)


@pytest.fixture
def house(build: Built) -> House:
    """The endpoints with default settings."""
    return build()
