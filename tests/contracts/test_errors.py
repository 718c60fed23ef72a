"""The table of errors against the source that names its messages, and against docs/guide/errors.md.

The keys of messages are found in the syntax tree: the first argument of an error's class, what is passed as a parameter
called `key` or `code`, and `reason` in GraphQL's extensions; through constants, choices and f-strings.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import pytest
from typer.testing import CliRunner

from amanah.cli.errors import PAGE
from amanah.cli.main import app
from amanah.contracts import logistics
from amanah.contracts.errors import BY_KIND, TABLE, AmanahError, Kind, Unfit, code_of, code_row, error_text
from amanah.contracts.errors.table import AREAS
from amanah.contracts.errors.texts import Code, Row
from amanah.runtime.bus.reactions import Poison
from gateway import limits
from services.audit.alarms import rules as alarms
from services.distribution.api import ALERT_RULES
from services.distribution.evidence.rules import pictures as evidence
from services.distribution.handovers.rules import refusals as handovers

ROOT = Path(__file__).parents[2]
SOURCES = ("amanah", "services", "gateway")
# Words of commands, the witness's own protocol, and the table itself.
UNREAD = ("amanah/cli/", "amanah/demo/", "amanah/tlog/", "amanah/contracts/errors/")

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LINE = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)
SOMETHING = r"\w+"
# Classes of tables whose first argument is a code.
CODE_FIRST = frozenset({"Refusal", "FlagRule", "AlertRule", "Raised"})
TOP_LEVEL = frozenset({*BY_KIND, Kind.TOO_COSTLY}) - {Kind.REFUSED, Kind.NOT_YET}
FOUND_BY_GRAPHQL = {"document_invalid", "document_syntax", "document_too_large", "variable_invalid"}
# General messages of codes that are always told by a variant; they stand on the page.
GENERAL = {
    "bad_input", "code_taken", "conflict", "entitlement_unknown", "forbidden", "items_not_entitled", "not_found",
    "not_yet", "package_not_here",
    "period_wrong_length", "same_person", "signature_invalid", "status_unreadable", "too_costly", "unavailable", "log_unwitnessed",
}  # fmt: skip


def error_classes(base: type[Exception]) -> Iterator[type[Exception]]:
    """The class and its subclasses that are made with a key."""
    if base is AmanahError or "__init__" not in vars(base) or base in (Unfit, alarms.Alarm):
        yield base
    for each in base.__subclasses__():
        yield from error_classes(each)


ERRORS = {cls.__name__: cls for base in (AmanahError, Unfit) for cls in error_classes(base)}


# ---------------------------------------------------------------- what the source says


@dataclass(frozen=True)
class Call:
    """A call that names a message: the keys it may be, as patterns, and the placeholders that it fills."""

    place: str
    called: str
    keys: frozenset[str]
    fills: frozenset[str] | None

    def rows(self) -> list[Row]:
        """The rows it may name."""
        return [row for key, row in TABLE.items() if any(re.fullmatch(pattern, key) for pattern in self.keys)]


class Module:
    """One module: its constants, and the keys that its calls, classes and assignments name."""

    def __init__(self, path: Path) -> None:
        self.place = path.relative_to(ROOT).as_posix()
        self.nodes = list(ast.walk(ast.parse(path.read_text())))
        self.imports: dict[str, tuple[str | None, str]] = {}
        self.parameters: dict[str, list[str]] = {}
        self.passing: dict[str, int] = {}
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            match node:
                case ast.ImportFrom(module=module, names=names):
                    self.imports |= {alias.asname or alias.name: (module, alias.name) for alias in names}
                case ast.FunctionDef(name=name, args=taken) | ast.AsyncFunctionDef(name=name, args=taken):
                    self.parameters[name] = [a.arg for a in taken.args]
                    if "key" in self.parameters[name] and any(_passes_key(inner) for inner in ast.walk(node)):
                        self.passing[name] = [p for p in self.parameters[name] if p != "self"].index("key")
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.NamedExpr(target=ast.Name(id=name), value=value)
                ):
                    self.assigned.setdefault(name, []).append(value)

    def values(self, node: ast.expr, through: frozenset[str] = frozenset()) -> set[str]:
        """Patterns of the strings that an expression may be; none for what only passes another's on."""

        def each(*nodes: ast.expr) -> set[str]:
            return set().union(*(self.values(n, through) for n in nodes))

        match node:
            case ast.Constant(value=str(text)):
                return {re.escape(text)}
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
            case ast.Subscript(value=ast.Name(id=name)):
                tables = [d for d in self.assigned.get(name, []) if isinstance(d, ast.Dict)]
                return each(*(value for table in tables for value in table.values))
            case ast.JoinedStr(values=parts):
                choices = [
                    (each(p.value) or {SOMETHING}) if isinstance(p, ast.FormattedValue) else each(p) for p in parts
                ]
                return {"".join(chosen) for chosen in product(*choices)}
        return set()

    def calls(self) -> Iterator[Call]:
        """The calls that name a message."""
        for node in self.nodes:
            match node:
                case ast.ClassDef(bases=[ast.Name(id=base)], body=body) if base in ERRORS:
                    for call in (n for line in body for n in ast.walk(line) if isinstance(n, ast.Call)):
                        if ast.unparse(call.func) == "super().__init__":
                            yield self._call(base, call, call.args[0])
                case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[first, *_] as given):
                    if called in ERRORS or called == error_text.__name__:
                        yield self._call(called, node, first)
                    elif (at := passing().get(called)) is not None:
                        yield self._call(called, node, given[at])

    def _call(self, called: str, call: ast.Call, key: ast.expr) -> Call:
        keywords = {k.arg for k in call.keywords}
        fills = None if None in keywords else frozenset(map(str, keywords))
        return Call(f"{self.place}:{call.lineno} {ast.unparse(key)}", called, frozenset(self.values(key)), fills)

    def codes(self) -> set[str]:
        """Every code that the module names itself, besides keys of messages."""
        return {text for text in set().union(*map(self.values, self._named())) if CODE.fullmatch(text)}

    def _named(self) -> Iterator[ast.expr]:
        for node in self.nodes:
            match node:
                case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=args, keywords=keywords):
                    yield from (k.value for k in keywords if k.arg == "code")
                    if called in CODE_FIRST:
                        yield from args[:1]
                    elif "code" in (names := self.parameters.get(called, [])):
                        yield from args[names.index("code") : names.index("code") + 1]
                case ast.Assign(targets=[ast.Name(id="code")], value=value):
                    yield value
                case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="reason"))], value=value):
                    yield value
                case ast.Dict(keys=keys, values=values):
                    named = (k.value if isinstance(k, ast.Constant) else None for k in keys)
                    yield from (v for k, v in zip(named, values, strict=True) if k == "reason")

    def strings(self) -> Iterator[str]:
        """Patterns of all strings of the module that may name a code."""
        for node in self.nodes:
            if isinstance(node, ast.Constant | ast.JoinedStr):
                yield from (p for p in self.values(node) if re.search("[a-z]{3}", p.replace(SOMETHING, "")))


def _passes_key(node: ast.AST) -> bool:
    """Tells whether a call passes the parameter `key` of its function on."""
    match node:
        case ast.Call(func=ast.Name(id=called), args=[ast.Name(id="key"), *_]):
            return called in ERRORS or called == error_text.__name__
    return False


@cache
def module_of(name: str | None) -> Module | None:
    """The module of ours with this dotted name."""
    path = ROOT / (name or "").replace(".", "/")
    found = next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)
    return Module(found) if found else None


@cache
def modules() -> tuple[Module, ...]:
    """Everything that may raise an error."""
    paths = (path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py")))
    return tuple(Module(path) for path in paths if not path.relative_to(ROOT).as_posix().startswith(UNREAD))


@cache
def passing() -> dict[str, int]:
    """The functions that pass their parameter `key` on to an error, and where it stands."""
    return {name: at for module in modules() for name, at in module.passing.items()}


@cache
def calls() -> tuple[Call, ...]:
    """The calls that name a message themselves: not those that pass another's key on."""
    return tuple(call for module in modules() for call in module.calls() if call.keys)


# ---------------------------------------------------------------- the table


def placeholders(text: str) -> set[str]:
    """The names that a message has filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_row_has_both_languages_with_the_same_placeholders(row: Row) -> None:
    assert placeholders(row.en) == placeholders(row.id)
    assert all(name.isidentifier() for name in placeholders(row.en))
    assert row.en != row.id or row.en == "{place}: {problem}."
    for message in (row.en, row.id):
        assert message == message.strip()
        assert message.endswith((".", "{problem}", "{reason}")), message
        assert message[0].isupper() or message[0] in "{`0123456789" or message.startswith(("type ", "id ")), message
    assert not row.help.endswith(".")


def test_keys_stand_once_and_each_variant_has_its_code() -> None:
    keys = [row.key for rows in AREAS.values() for row in rows]
    assert len(keys) == len(set(keys))
    assert all(code_row(key).help for key in keys)
    assert all(CODE.fullmatch(part) for key in keys for part in key.split(".", 1))


@pytest.mark.parametrize("rows", AREAS.values(), ids=AREAS)
def test_rows_are_sorted(rows: tuple[Row, ...]) -> None:
    assert [row.key for row in rows] == sorted(row.key for row in rows)


# ---------------------------------------------------------------- the table and the source


def test_there_are_as_many_calls_as_are_expected() -> None:
    assert len(calls()) > 250


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.place)
def test_a_call_names_a_message_and_fills_its_placeholders(call: Call) -> None:
    for pattern in call.keys:
        assert any(re.fullmatch(pattern, key) for key in TABLE), f"no message is called {pattern}"
    known = [row for row in call.rows() if re.escape(row.key) in call.keys]
    if call.fills is not None:
        for row in known:
            assert placeholders(row.en) <= call.fills, row.key
    cls = ERRORS.get(call.called)
    if cls and issubclass(cls, AmanahError) and cls is not Poison:
        assert {row.kind or code_row(row.key).kind for row in known} <= {cls.kind, Kind.FINDING}


def test_every_code_that_the_source_names_is_in_the_table() -> None:
    named = {code: module.place for module in modules() for code in module.codes()}
    assert {code: place for code, place in named.items() if code not in TABLE} == {}


def test_every_message_is_named_in_the_source() -> None:
    patterns = {p for module in modules() for p in module.strings()} | {p for call in calls() for p in call.keys}
    used = re.compile("|".join(sorted(patterns)))
    # Faults of a number are put together with its name.
    unused = {key for key in TABLE if not used.fullmatch(key) and not used.fullmatch(re.sub("^(nik|kk)_", "", key))}
    # The names of pydantic's types of errors, put together with the code.
    assert {key for key in unused if code_of(key) != "invalid"} - GENERAL - FOUND_BY_GRAPHQL == set()


def test_the_alerts_rules_are_those_of_the_table() -> None:
    assert {row.key for row in AREAS["alert_rules"]} == set(ALERT_RULES)


# ---------------------------------------------------------------- the page


def sections() -> dict[str, set[str]]:
    """The codes of the page by heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return {
        title: {code for cell in LINE.findall(text) for code in re.findall(r"`(\w+)`", cell)}
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_page_is_what_the_table_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["errors", "--check"]).exit_code == 0
    other = tmp_path / "errors.md"
    other.write_text(PAGE.read_text().replace("Round not found", "No such round"))
    monkeypatch.setattr("amanah.cli.errors.PAGE", other)
    assert CliRunner().invoke(app, ["errors", "--check"]).exit_code == 1
    assert CliRunner().invoke(app, ["errors"]).exit_code == 0
    assert other.read_text() == PAGE.read_text()


def test_every_code_has_a_line_and_every_line_a_code() -> None:
    codes = {key for key, row in TABLE.items() if isinstance(row, Code)}
    assert set().union(*sections().values()) == codes | TOP_LEVEL


def test_every_kind_of_top_level_error_has_a_line() -> None:
    assert {code for code in sections()["Top-level errors"] if code.isupper()} == TOP_LEVEL
    assert limits.TooCostly.kind in TOP_LEVEL


def test_refusals_of_handovers_stand_together() -> None:
    codes = {rule.code for rule in handovers.HANDOVER_REFUSALS} | {evidence.PHOTO_UNREADABLE, evidence.PHOTO_TOO_LARGE}
    assert codes <= sections()["Handovers"]


def test_what_partners_are_told_stands_together() -> None:
    told = {value for name, value in vars(logistics).items() if name.isupper() and isinstance(value, str)}
    assert told <= sections()["Partners' events"]


def test_no_cell_of_a_line_is_empty() -> None:
    for line in PAGE.read_text().splitlines():
        if LINE.match(line):
            _, _, *cells, _ = line.split("|")
            assert len(cells) in (2, 3, 4), line
            assert all(cell.strip() for cell in cells), line
