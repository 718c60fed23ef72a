"""Readers of files that unit tests of several services share."""

import re
import zlib
from collections.abc import Callable

import pytest

_OBJECT = re.compile(rb"\n(\d+) 0 obj\s*<<(.*?)>>\s*(?:stream\r?\n|endobj)", re.S)
# A literal string: parentheses that match need no backslash (ISO 32000-1, 7.3.4.2); typst nests no deeper than this.
_PLAIN = rb"\\.|[^\\()]"
_INNER = rb"(?:%s|\((?:%s)*\))" % (_PLAIN, _PLAIN)
_LITERAL = rb"\(((?:%s|\((?:%s)*\))*)\)" % (_PLAIN, _INNER)
_QUIET = _LITERAL.replace(rb"\(((?:", rb"\((?:(?:", 1)
_STRING = re.compile(_LITERAL, re.S)
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\[((?:%s|[^\]()])*)\]\s*TJ|(%s)\s*Tj" % (_QUIET, _QUIET), re.S)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(raw: bytes) -> bytes:
    def one(match: "re.Match[bytes]") -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code[:1].isdigit() else _NAMED.get(code, code)

    return _ESCAPE.sub(one, raw)


def _unicode_map(cmap: str) -> dict[int, str]:
    return {
        int(code, 16): bytes.fromhex(text).decode("utf-16-be")
        for code, text in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>\n", cmap)
    }


def _stream(pdf: bytes, head: "re.Match[bytes]") -> bytes:
    length = re.search(rb"/Length (\d+)", head[2])
    return pdf[head.end() : head.end() + int(length[1])] if length else b""


@pytest.fixture(scope="session")
def pdf_text() -> Callable[[bytes], str]:
    """The text of a PDF as typst writes it (ISO 32000-1, 9.10: codes through each font's ToUnicode), a line a run."""

    def text(pdf: bytes) -> str:
        objects = {int(m[1]): (m[2], _stream(pdf, m)) for m in _OBJECT.finditer(pdf)}
        maps: dict[bytes, dict[int, str]] = {}
        for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", b"".join(head for head, _ in objects.values())):
            found = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(font)][0])
            assert found, "every font says what its codes mean"
            maps[name] = _unicode_map(zlib.decompress(objects[int(found[1])][1]).decode())
        lines = []
        for page in re.findall(rb"/Contents (\d+) 0 R", pdf):
            font = b""
            for chosen, several, one in _SHOWN.findall(zlib.decompress(objects[int(page)][1])):
                font = chosen or font
                if not chosen:
                    codes = b"".join(_unescaped(s) for s in _STRING.findall(several or one))
                    pairs = (int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2))
                    lines.append("".join(maps[font][code] for code in pairs))
        return "\n".join(lines)

    return text
