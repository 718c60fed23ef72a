"""Rules are given the time: `datetime`, whose values they work with, also reads the clock, which no import shows."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLOCK = {"now", "today", "utcnow"}


def _modules() -> list[Path]:
    rooms = (ROOT / "services", ROOT / "gateway")
    return [path for room in rooms for pattern in ("**/rules.py", "**/rules/**/*.py") for path in room.glob(pattern)]


def _reads_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK


def test_no_rule_reads_the_clock() -> None:
    assert len(modules := _modules()) > 50
    assert [str(path) for path in modules if any(map(_reads_clock, ast.walk(ast.parse(path.read_text()))))] == []
