"""The page of labels, typeset: the work of the child process."""

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import segno
import typst

from services.distribution.custody.label_sheets import Label, Sheets

_TEMPLATE = Path(__file__).with_name("labels.typ")
# What typst's own fonts can show; anything else is shown as a box.
_UNSHOWN = re.compile("[^ -~\u00a0-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20a0-\u20c0\u2190-\u22ff]")


def answer(order: bytes) -> bytes:
    """Renders the PDF of the child process's input."""
    return typeset(Sheets.model_validate_json(order))


def typeset(sheets: Sheets) -> bytes:
    """The PDF's bytes."""
    page = {
        "program": _shown(sheets.program),
        "round": _shown(sheets.round),
        "labels": [_label(label) for label in sheets.labels],
    }
    compiler = typst.Compiler(
        _TEMPLATE,
        # Only the fonts inside typst: a font of the machine would change the bytes from one machine to the next.
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
        sys_inputs={"page": json.dumps(page)},
    )
    pdf = compiler.compile(format="pdf", timestamp=0)
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf


def _label(label: Label) -> dict[str, Any]:
    return {
        "code": label.code,
        "area": _shown(label.area),
        "contents": [_shown(line) for line in label.contents],
        "note": _shown(label.note),
        "qr": _qr(label.code),
    }


def _shown(text: str) -> str:
    return _UNSHOWN.sub("\u25a1", unicodedata.normalize("NFC", text))


def _qr(code: str) -> str:
    out = io.BytesIO()
    # A label that was scratched is read all the same: a quarter of it may be missing.
    segno.make(code, error="q").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
