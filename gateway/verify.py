"""`/verify/<id>`: anybody checks the report they hold against the hash on record. The file never leaves their browser."""

import secrets
from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from amanah.areas import AreaTable
from amanah.contracts.actor import Actor
from amanah.contracts.errors import AmanahError, NotFound
from amanah.contracts.reporting import VerifiedReport, VerifyReport
from gateway.context import Context
from gateway.door import Door
from gateway.pages import page

_CHECK = """
const chosen = document.getElementById('file'), told = document.getElementById('told');
chosen.addEventListener('change', async () => {
  if (!chosen.files.length) return;
  told.className = ''; told.textContent = '…';
  const digest = await crypto.subtle.digest('SHA-256', await chosen.files[0].arrayBuffer());
  const hex = Array.from(new Uint8Array(digest), b => b.toString(16).padStart(2, '0')).join('');
  const same = hex === document.getElementById('recorded').textContent.trim();
  told.className = same ? 'same' : 'other';
  told.textContent = (same
    ? 'Cocok: berkas ini persis sama dengan yang tercatat. / Match: this file is exactly the one on record.'
    : 'TIDAK cocok: berkas ini bukan yang tercatat. / NO match: this file is not the one on record.') + ' SHA-256: ' + hex;
});
"""


class VerifyPage:
    """The page."""

    def __init__(self, door: Door, contexts: Callable[[Actor], Context], areas: AreaTable) -> None:
        self._door = door
        self._contexts = contexts
        self._areas = areas

    def routes(self) -> list[Route]:
        """`GET /verify/<id>`."""
        return [Route("/verify/{id}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """The recorded hash of a report, and a check of the reader's own file."""
        nonce = secrets.token_urlsafe(16)
        try:
            context = self._contexts(await self._door.admit_anybody(request))
            report = await context.call(VerifyReport(id=request.path_params["id"][:64]))
        except NotFound:
            return _shown(nonce, 404, _MISSING)
        except AmanahError as error:
            return _shown(nonce, 429 if error.kind == "THROTTLED" else 503, _LATER)
        return _shown(nonce, 200, self._found(report, nonce))

    def _found(self, report: VerifiedReport, nonce: str) -> str:
        made = report.made_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        rows = (
            ("Laporan / Report", escape(report.title)),
            ("Jenis / Kind", escape(f"{report.template}, {report.format}, {report.size:,} B")),
            ("Wilayah / Area", escape(f"{self._areas.path(report.area)} ({report.area})")),
            ("Dibuat / Made", f"<time>{escape(made)}</time>"),
            ("SHA-256", f'<code id="recorded">{escape(report.sha256)}</code>'),
        )
        table = "".join(f"<tr><th scope=row>{name}</th><td>{value}</td></tr>" for name, value in rows)
        return f"""<h1>Periksa laporan</h1>
<table>{table}</table>
<p><label for="file">Pilih berkas laporan yang Anda pegang. Berkas tidak dikirim ke mana pun; pemeriksaan terjadi di
peramban ini.</label></p>
<p lang="en">Choose the report you hold. The file is sent nowhere; it is checked in this browser.</p>
<p><input type="file" id="file"></p>
<p id="told" role="status" aria-live="polite"></p>
<p>Tanpa peramban: / Without a browser: <code>sha256sum BERKAS</code></p>
<script nonce="{nonce}">{_CHECK}</script>"""


_MISSING = """<h1>Laporan tidak ditemukan</h1>
<p>Tidak ada laporan dengan nomor ini. Berkas yang menyebutnya bukan dari sini, atau nomornya salah ketik.</p>
<p lang="en">There is no report with this number. A file that names it is not from here, or the number is mistyped.</p>"""

_LATER = """<h1>Coba lagi nanti</h1>
<p>Catatan sedang tidak dapat dibaca. Coba lagi sebentar lagi.</p>
<p lang="en">The record cannot be read at the moment. Try again shortly.</p>"""


def _shown(nonce: str, status: int, body: str) -> HTMLResponse:
    return page("Periksa laporan · Amanah", body, nonce, status)
