"""The few pages that the gateway shows to people: small, in Indonesian first, with nothing from elsewhere."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
th { text-align: left; padding-right: 1.5rem; vertical-align: top; font-weight: 600; }
code { overflow-wrap: anywhere; } p[lang=en] { color: #555; }
.same { color: #0a6b2d; font-weight: 600; } .other { color: #b00020; font-weight: 600; }
"""

_DOORS = """<h1>Amanah</h1>
<p>Bantuan sosial, dari daftar yang disetujui sampai ke tangan penerima.</p>
<p lang="en">Social assistance, from the approved list to the recipient's hands.</p>
<ul>
<li><code>POST /graphql</code>: API untuk aplikasi / the API for applications</li>
<li><code>POST /partners/v1/capture</code>: peristiwa EPCIS 2.0 dari mitra logistik / partners' EPCIS 2.0 events</li>
<li><code>/sms/inbound</code>, <code>/sms/twilio</code>, <code>/sms/kannel</code>, <code>/sms/rapidpro</code>: SMS dari
penerima / recipients' SMS</li>
<li><a href="/log/checkpoint"><code>/log/checkpoint</code></a>, <code>/log/tile/...</code>: log audit publik / the public
audit log</li>
<li><code>/verify/&lt;id&gt;</code>: periksa laporan / check a report</li>
<li><a href="/healthz"><code>/healthz</code></a>, <a href="/readyz"><code>/readyz</code></a>,
<a href="/metrics"><code>/metrics</code></a></li>
</ul>"""


def page(title: str, body: str, nonce: str = "", status: int = 200) -> HTMLResponse:
    """A page whose `body` is HTML, escaped by who made it; only a script that carries `nonce` runs in it."""
    script = f"script-src 'nonce-{nonce}'; " if nonce else ""
    return HTMLResponse(
        f"<!doctype html><html lang=id><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style><main>{body}</main></html>",
        status,
        {
            "content-security-policy": f"default-src 'none'; {script}style-src 'unsafe-inline'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        },
    )


async def index(_: Request) -> Response:
    """`/`: the doors of the house."""
    return page("Amanah", _DOORS)
