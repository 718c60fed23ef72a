"""The few pages that the gateway shows to people: small, in Indonesian first, with nothing from elsewhere.

A page is a template that extends `layout.html`; whatever is put into it is escaped. Templates lie beside who shows them.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_GATEWAY = Path(__file__).parents[1]
_TEMPLATES = Environment(
    loader=FileSystemLoader(_GATEWAY), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
KEEP_NOT = "no-store"


def page(
    template: str, status: int = 200, *, nonce: str = "", kept: str = KEEP_NOT, language: str = "id", **values: Any
) -> HTMLResponse:
    """The page of `template`, a path below the gateway's folder; only a script that carries `nonce` runs in it.

    `kept` is the page's `Cache-Control`.
    """
    script = f"script-src 'nonce-{nonce}'; " if nonce else ""
    return HTMLResponse(
        _TEMPLATES.get_template(template).render(nonce=nonce, language=language, **values),
        status,
        {
            "content-security-policy": f"default-src 'none'; {script}style-src 'unsafe-inline'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": kept,
        },
    )


async def index(_: Request) -> Response:
    """`/`: the doors of the house."""
    return page("pages/index.html")
