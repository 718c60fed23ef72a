"""The report as PDF: tagged (PDF/UA-1), archivable (PDF/A-2a), reproducible byte for byte.

`pages/` makes the texts of a page; the layout (`typst/`, or an office's own) places them.
"""

import io
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from services.reporting.reports.rendering.layouts import layout
from services.reporting.reports.rendering.pages import PAGES
from services.reporting.reports.rendering.pages.facts import LISTED
from services.reporting.reports.rendering.spool import Listing
from services.reporting.reports.rules.report import Content, Link

__all__ = ["LISTED", "render_pdf"]

# Characters outside of typst's own fonts: they would violate the PDF standards, and the report would fail.
_UNSHOWN = re.compile("[^ -~\u00a0-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20a0-\u20c0\u2190-\u22ff]")
_STANDARDS: list[Any] = ["ua-1", "a-2a"]


@cache
def _fonts(folder: Path | None) -> typst.Fonts:
    # Only the fonts inside typst and those beside an own layout: with the machine's fonts, the bytes would depend on the
    # machine.
    paths = [str(folder)] if folder is not None else []
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)


def render_pdf(content: Content, listing: Listing, link: Link) -> bytes:
    """Renders the PDF."""
    kind = PAGES[content.template]
    own = link.layouts if kind.may_be_own else None
    form = layout(kind.layout, own)
    fonts = form.parent / "fonts"
    page = orjson.dumps(_showable(kind.make(content, listing, link))).decode()
    compiler = typst.Compiler(
        form,
        root=form.parent,
        font_paths=_fonts(fonts if fonts.is_dir() else None),
        ignore_system_fonts=True,
        sys_inputs={"page": page, "qr": _qr(link.url)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARDS, timestamp=int(content.as_of.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf


def _showable(value: Any) -> Any:
    """Replaces each character that no embedded font has by a box."""
    match value:
        case str():
            return _UNSHOWN.sub("\u25a1", unicodedata.normalize("NFC", value))
        case list() | tuple():
            return [_showable(part) for part in value]
        case dict():
            return {key: _showable(part) for key, part in value.items()}
    return value


def _qr(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
