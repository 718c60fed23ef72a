"""docs/guide/errors.md against the source: every code that reaches the outside has a line, and every line's code exists.

Where codes stand in tables, the tables are read. All other codes are found in the syntax tree: what is passed as a
parameter called `code` (or `reason` in GraphQL's extensions), through constants, choices and f-strings of constants.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from amanah.contracts import errors, logistics
from gateway import limits
from services.distribution.alerts.rules import OF_THE_LOG
from services.distribution.custody import rules as custody
from services.distribution.evidence.rules import pictures as evidence
from services.distribution.handovers.rules import flags
from services.distribution.handovers.rules import refusals as handovers
from services.recipients.imports.rules.problems import MESSAGES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guide" / "errors.md"
SOURCES = ("amanah", "services", "gateway")
# Printed to whoever runs a command, in words.
UNREAD = ("amanah/cli/",)

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LINE = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)
# Classes whose first positional argument is a code.
CODE_FIRST = frozenset({"Refused", "Poison", "Refusal", "FlagRule", "Raised"})
# What a class is called by that always gets another code.
NEVER_SEEN = {errors.Refused.code}
KINDS = frozenset(errors.BY_KIND) | {limits.TooCostly.kind}


def sections() -> dict[str, set[str]]:
    """The codes of the page by heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return {
        title: {code for cell in LINE.findall(text) for code in re.findall(r"`(\w+)`", cell)}
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


# ---------------------------------------------------------------- what the source says


class Module:
    """One module: its constants, and the codes that its calls, classes and assignments name."""

    def __init__(self, path: Path) -> None:
        self.nodes = list(ast.walk(ast.parse(path.read_text())))
        self.imports: dict[str, tuple[str | None, str]] = {}
        self.parameters: dict[str, list[str]] = {}
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            match node:
                case ast.ImportFrom(module=module, names=names):
                    self.imports |= {alias.asname or alias.name: (module, alias.name) for alias in names}
                case ast.FunctionDef(name=name, args=taken) | ast.AsyncFunctionDef(name=name, args=taken):
                    self.parameters[name] = [a.arg for a in taken.args]
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.assigned.setdefault(name, []).append(value)

    def values(self, node: ast.expr, through: frozenset[str] = frozenset()) -> set[str]:
        """The strings that an expression may be; none for what only passes another's code on."""

        def each(*nodes: ast.expr) -> set[str]:
            return set().union(*(self.values(n, through) for n in nodes))

        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.Name(id=name) if name in self.assigned and name not in through:
                return set().union(*(self.values(n, through | {name}) for n in self.assigned[name]))
            case ast.Name(id=name) if name in self.imports:
                module, original = self.imports[name]
                origin = module_of(module)
                return set().union(*map(origin.values, origin.assigned.get(original, []))) if origin else set()
            case ast.IfExp(body=one, orelse=other):
                return each(one, other)
            case ast.BoolOp(values=either):
                return each(*either)
            case ast.JoinedStr(values=parts):
                choices = [each(p.value if isinstance(p, ast.FormattedValue) else p) for p in parts]
                return {"".join(chosen) for chosen in product(*choices)}
        return set()

    def codes(self) -> set[str]:
        """Every code that the module names itself."""
        found = set().union(*map(self.values, self._said()))
        return {text for text in found if CODE.fullmatch(text)} - NEVER_SEEN

    def _said(self) -> Iterator[ast.expr]:
        for node in self.nodes:
            match node:
                case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=args, keywords=keywords):
                    yield from (k.value for k in keywords if k.arg == "code")
                    if called in CODE_FIRST:
                        yield from args[:1]
                    elif "code" in (names := self.parameters.get(called, [])):
                        yield from args[names.index("code") : names.index("code") + 1]
                case ast.ClassDef(bases=[ast.Name(id=base)], body=body) if base in CODE_FIRST:
                    inside = (n for line in body for n in ast.walk(line) if isinstance(n, ast.Call))
                    yield from (c.args[0] for c in inside if ast.unparse(c.func) == "super().__init__")
                case ast.Assign(targets=[ast.Name(id="code")], value=value):
                    yield value
                case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="reason"))], value=value):
                    yield value
                case ast.Dict(keys=keys, values=values):
                    named = (k.value if isinstance(k, ast.Constant) else None for k in keys)
                    yield from (v for k, v in zip(named, values, strict=True) if k == "reason")


@cache
def module_of(name: str | None) -> Module | None:
    """The module of ours with this dotted name."""
    path = ROOT / (name or "").replace(".", "/")
    found = next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)
    return Module(found) if found else None


@cache
def named_in_source() -> dict[str, str]:
    """Every code that the syntax tree names, with a file that names it."""
    found: dict[str, str] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if not place.startswith(UNREAD):
                found |= dict.fromkeys(Module(path).codes(), place)
    return found


# Codes that stand in tables, by the heading under which the page has them.
TABLES = {
    "Rows of a list": set(MESSAGES),
    "Flags and alerts": {r.code for r in flags.FLAGS} | set(custody.SEVERITIES) | set(OF_THE_LOG),
}


def test_every_code_has_a_line() -> None:
    known = set().union(*sections().values())
    missing = {code: place for code, place in named_in_source().items() if code not in known}
    assert missing == {}


def test_every_line_names_a_code_that_exists() -> None:
    exist = named_in_source().keys() | KINDS | set().union(*TABLES.values())
    assert set().union(*sections().values()) - exist == set()


@pytest.mark.parametrize("title", TABLES)
def test_a_table_of_the_source_is_a_table_of_the_page(title: str) -> None:
    assert TABLES[title] - sections()[title] == set()


def test_every_kind_of_top_level_error_has_a_line() -> None:
    assert {code for code in sections()["Top-level errors"] if code.isupper()} == KINDS


def test_refusals_of_handovers_stand_together() -> None:
    codes = {rule.code for rule in handovers.OF_HANDOVERS} | {evidence.PHOTO_UNREADABLE, evidence.PHOTO_TOO_LARGE}
    assert codes <= sections()["Handovers"]


def test_what_partners_are_told_stands_together() -> None:
    told = {value for name, value in vars(logistics).items() if name.isupper() and isinstance(value, str)}
    assert told <= sections()["Partners' events"]


def test_each_line_says_what_happened_and_what_to_do() -> None:
    for line in PAGE.read_text().splitlines():
        if LINE.match(line):
            _, _, *cells, _ = line.split("|")
            assert len(cells) == 2, line
            assert all(cell.strip() for cell in cells), line
