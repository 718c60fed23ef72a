"""HTML pages of the gateway: small, in Indonesian first, without content from other hosts.

A page is a template that extends `layout.html`; all values are escaped. A template lies beside the module that renders it.
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
NO_STORE = "no-store"


def page(
    template: str,
    status: int = 200,
    *,
    nonce: str = "",
    cache_control: str = NO_STORE,
    language: str = "id",
    **values: Any,
) -> HTMLResponse:
    """Renders `template`, a path below the gateway's folder. Only a script that carries `nonce` runs in the page.

    `cache_control` is the header of that name.
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
            "cache-control": cache_control,
        },
    )


async def index(_: Request) -> Response:
    """`/`: the list of endpoints."""
    return page("pages/index.html")
