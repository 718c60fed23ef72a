"""Logs, traces, and the origin of the current request. No personal data passes through here.

`origin` follows one request through gateway, service, outbox, bus and consumers, so that every audit entry can name it.
"""

import logging
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import structlog
from opentelemetry import context as tracing
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from amanah.runtime.settings import Settings

_tracer = trace.get_tracer("amanah")


@dataclass(frozen=True)
class RequestOrigin:
    """Origin of the current request. `service` is the one that handles it now."""

    service: str = ""
    ip: str = ""
    device: str = ""
    request_id: str = ""


_NOWHERE = RequestOrigin()
_origin: ContextVar[RequestOrigin] = ContextVar("origin", default=_NOWHERE)


def origin() -> RequestOrigin:
    """Returns the origin of the current request; empty outside of one."""
    return _origin.get()


@contextmanager
def originating(**known: str) -> Iterator[None]:
    """Adds what is `known` to `origin()` within the block."""
    token = _origin.set(replace(_origin.get(), **known))
    try:
        yield
    finally:
        _origin.reset(token)


@contextmanager
def span(name: str, carrier: Mapping[str, str] | None = None) -> Iterator[None]:
    """Opens a span below the one that `carrier` (headers with our `traceparent`) names, or the current one."""
    context = propagate.extract(dict(carrier)) if carrier else None
    with _tracer.start_as_current_span(name, context=context):
        yield


@contextmanager
def entering(name: str, caller: Mapping[str, str]) -> Iterator[None]:
    """Opens a span that begins a trace of our own, linked to the one that `caller` (headers from outside) names.

    A trace's id stands in the public audit log, and a NIK fits into one: so nobody outside chooses it.
    """
    theirs = trace.get_current_span(propagate.extract(dict(caller), tracing.Context())).get_span_context()
    links = [trace.Link(theirs)] if theirs.is_valid else []
    with _tracer.start_as_current_span(name, context=tracing.Context(), links=links):
        yield


@contextmanager
def unlinked() -> Iterator[None]:
    """Hides address, device, request and trace within the block, for records that must not lead to their author."""
    known = _origin.set(RequestOrigin(service=origin().service))
    followed = tracing.attach(tracing.Context())
    try:
        yield
    finally:
        tracing.detach(followed)
        _origin.reset(known)


def inject(headers: MutableMapping[str, str]) -> None:
    """Puts the current span into `headers` as W3C `traceparent`."""
    propagate.inject(headers)


def trace_id() -> str:
    """Returns the id of the current trace in 32 hex digits; empty outside of one."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def _with_ids(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    here = origin()
    if here.service:
        event.setdefault("service", here.service)
    if here.request_id:
        event["request"] = here.request_id
    if found := trace_id():
        event["trace"] = found
    return event


def configure(settings: Settings, role: str) -> None:
    """Sets up logs and traces of this process, once, at start. Logs go to standard error."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_ids,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    errors: list[structlog.typing.Processor] = [structlog.processors.format_exc_info] if as_json else []
    structlog.configure(
        processors=[*shared, *errors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer,
        ])
    )  # fmt: skip
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)

    provider = TracerProvider(resource=Resource.create({"service.name": f"amanah-{role}"}))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{settings.otlp_endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
