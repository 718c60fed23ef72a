"""The table of what the audit log tells, against the code that tells it: both ways."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from amanah.cli.audit.export import words

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guide" / "audit-actions.md").read_text()
TABLE = set(re.findall(r"^\| `([a-z<>]+:[a-z-]+:[a-z-]+)` \|", PAGE, re.MULTILINE))
_ACTION = re.compile(r"[a-z]+:[a-z-]+:[a-z-]*")
# Which values complete an action that is put together.
_MADE = {
    "distribution:alert:": {"acknowledge", "escalate", "dismiss"},
    "distribution:case:": {"assign", "note", "escalate", "resolve", "reopen"},
    "distribution:correction:": {"approve", "reject"},
    "distribution:package:": {"lost", "damaged", "returned"},
    "distribution:payment-batch:": {"reject", "fail"},
    "distribution:payment-status:": {"take", "fail"},
    "bus:letter:": {"show", "replay"},
}
_OF_EACH = {"<service>:settings:change", "<service>:key:rotate"}


def _said() -> Iterator[str]:
    """Every action, or the beginning of one, that stands in the code."""
    for room in ("amanah", "services", "gateway"):
        for path in (ROOT / room).rglob("*.py"):
            if "cli" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]) | ast.Constant(value=str(text)):
                        if _ACTION.fullmatch(text) and not text.startswith("urn:"):
                            yield text


def _told() -> set[str]:
    whole: set[str] = set(_OF_EACH)
    for text in _said():
        whole |= {text + end for end in _MADE[text]} if text.endswith(":") else {text}
    return whole


def test_what_is_told_is_in_the_table() -> None:
    assert _told() - TABLE == set()


def test_what_is_in_the_table_is_told() -> None:
    assert TABLE - _told() == set()


def test_what_is_told_has_words_in_an_export() -> None:
    assert {action: missing for action in TABLE if (missing := words.unknown_words(action))} == {}
