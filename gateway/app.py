"""Wires the gateway. Only this module knows all of its parts."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.extensions import DisableIntrospection, ParserCache, SchemaExtension, ValidationCache

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import area_table
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.bus.relay import Relay
from amanah.runtime.objects import Objects
from amanah.runtime.service import Runtime, Service
from amanah.runtime.tables import tables_of
from amanah.runtime.telemetry import entering, originating
from gateway import access
from gateway.access.authenticator import Authenticator, ip
from gateway.access.store import Store
from gateway.access.users import Users
from gateway.changes.context import LiveContext
from gateway.changes.feed import Feed
from gateway.changes.shared import SharedAnswers
from gateway.context import Caller, Context, People
from gateway.endpoint import GraphQLEndpoint
from gateway.language import use_language
from gateway.limits import DocumentLimits
from gateway.live.sessions import OpenStreams
from gateway.live.sse import SseEndpoint
from gateway.live.streams import Streams
from gateway.live.websocket import WebSocketEndpoint
from gateway.log.routes import PublicLog
from gateway.pages import index
from gateway.partners.capture import Partners
from gateway.partners.documents import PartnerRequests
from gateway.partners.epcis import EpcisResources
from gateway.partners.hmac import PartnerAuthenticator
from gateway.partners.token import TokenEndpoint
from gateway.problems import problem_pages
from gateway.schema.root import Schema, schema
from gateway.schema.subscriptions import EVENTS, StreamsOnly
from gateway.settings import GatewaySettings, Introspection, UploadsTo
from gateway.sms.webhooks import SmsWebhooks
from gateway.uploads import UploadRoute
from gateway.verify.page import VerifyPage

NAME = "gateway"


def build(runtime: Runtime) -> Service:
    """Builds the gateway on the stores and keys of `runtime`, whose client reaches the services."""
    if runtime.client is None:
        raise ValueError("the gateway needs a client that reaches the services")
    client, settings = runtime.client, GatewaySettings()
    db = runtime.database(NAME)
    outbox = Outbox(db, NAME, runtime.rates)
    users = Users(Store(db, outbox, runtime.keys))
    authenticator = Authenticator(runtime.verifier, users, settings, runtime.keys)
    feed = Feed(runtime.bus, EVENTS, serving=lambda: service.ready)

    async def prepare() -> None:
        await db.create(tables_of(access))
        await outbox.prepare()

    service = Service(
        name=NAME,
        prepare=prepare,
        settings_audit=runtime.settings_audit(outbox, settings),
        pings=[db.ping, runtime.objects.ping],
        workers=[Relay(outbox, runtime.bus), feed],
        routes=[
            public_routes(
                authenticator,
                client,
                users,
                runtime.objects,
                feed,
                settings,
                runtime.settings.public_url,
                upload_route(runtime, settings),
            )
        ],
    )
    return service


def upload_route(runtime: Runtime, settings: GatewaySettings) -> UploadRoute | None:
    """The route for files, unless clients send these to the object store themselves."""
    store = urlsplit(runtime.settings.s3_public_endpoint or runtime.settings.s3_endpoint or "").hostname or ""
    on_this_machine = store in ("localhost", "::1") or store.startswith("127.")
    if settings.uploads is UploadsTo.STORE or (settings.uploads is UploadsTo.AUTO and not on_this_machine):
        return None
    return UploadRoute(runtime.objects, runtime.keys, runtime.settings.public_url)


def public_routes(
    authenticator: Authenticator,
    client: Caller,
    people: People,
    objects: Objects,
    feed: Feed,
    settings: GatewaySettings,
    public_url: str,
    uploads: UploadRoute | None = None,
) -> BaseRoute:
    """The routes of the gateway besides health and metrics."""
    areas, shared = area_table(), SharedAnswers(client)

    def live_contexts(actor: Actor, after: str | None) -> LiveContext:
        return LiveContext(actor, client, people, areas, feed, shared, after)

    def contexts(actor: Actor) -> Context:
        if uploads is None:
            return Context(actor, client, people, areas)
        return Context(actor, client, people, areas, uploads.address)

    served = build_schema(settings)
    streams, open_streams = Streams(served, live_contexts, feed), OpenStreams(settings.subscriptions)
    single = GraphQLEndpoint(served, authenticator, contexts, settings)
    partner_requests = PartnerRequests(
        PartnerAuthenticator(authenticator, client, settings).authenticate_partner, contexts
    )
    routes: list[BaseRoute] = [
        Route("/graphql", SseEndpoint(single, streams, authenticator, settings, open_streams)),
        WebSocketRoute("/graphql", WebSocketEndpoint(streams, authenticator, settings, open_streams)),
        *Partners(partner_requests).routes(),
        *EpcisResources(partner_requests, public_url).routes(),
        *TokenEndpoint(authenticator, client, settings).routes(),
        *problem_pages(),
        *(uploads.routes() if uploads else ()),
        *SmsWebhooks(authenticator, contexts, settings, public_url).routes(),
        *PublicLog(authenticator, objects, client).routes(),
        *VerifyPage(authenticator, contexts, public_url).routes(),
        Route("/", index, methods=["GET"]),
    ]
    return Mount("/", routes=routes, middleware=middleware(settings, authenticator))


def build_schema(settings: GatewaySettings) -> Schema:
    """The schema with its limits and caches."""
    extensions: list[type[SchemaExtension] | Callable[[], SchemaExtension]] = [
        lambda: DocumentLimits(settings),
        StreamsOnly,
        ParserCache,
        ValidationCache,
    ]
    if settings.introspection is Introspection.OFF:
        extensions.insert(0, DisableIntrospection)
    return schema(extensions)


def middleware(settings: GatewaySettings, authenticator: Authenticator) -> list[Middleware]:
    """The middleware around every request."""
    found = [Middleware(RequestContext, authenticator)]
    if settings.origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.origins,
                allow_methods=["GET", "POST", "PUT"],
                # Whatever a client adds, such as `traceparent`: requests carry no cookies.
                allow_headers=["*"],
                expose_headers=["x-request-id", "retry-after"],
            )
        )
    return found


class RequestContext:
    """Sets the id, the trace and the language of each request: for the answer, the logs, the audit entries and messages."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request, request_id = HTTPConnection(scope), os.urandom(8).hex()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id.encode())]}
            await send(message)

        with (
            originating(
                service=NAME, ip=ip(request), device=self._authenticator.device(request), request_id=request_id
            ),
            use_language(",".join(request.headers.getlist("accept-language"))),
            entering(f"{scope.get('method', 'WEBSOCKET')} /{request.url.path.split('/')[1]}", request.headers),
        ):
            await self._app(scope, receive, send_with_id)
