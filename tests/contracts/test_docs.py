"""Docs against the code: commands, targets, links, queries with their answers, limits, and README's query."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from amanah.cli.main import app
from amanah.contracts import logistics
from amanah.contracts.events import EVENTS
from amanah.contracts.message import Request
from amanah.contracts.partner_outcomes import PartnerEventDecided
from amanah.contracts.topics import DAY, LOGISTICS_INTAKE, partner_outcomes
from amanah.contracts.uploads import LIMITS, MEGABYTE, UploadPurpose
from gateway.settings import GatewaySettings
from tests.contracts.pages import rows

ROOT = Path(__file__).parents[2]


def _requests(base: type[Request[Any]] = Request) -> Iterator[tuple[str, type[Request[Any]]]]:
    for each in base.__subclasses__():
        yield each.__name__, each
        yield from _requests(each)


assert EVENTS  # imports every module of the contracts
REQUESTS = dict(_requests())
FRONTEND = ROOT / "docs" / "guide" / "frontend.md"
SHIPMENTS = ROOT / "docs" / "partners" / "shipments.md"
PAGES = sorted(
    p
    for p in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in ("node_modules", "target") for part in p.relative_to(ROOT).parts)
)


@dataclass(frozen=True)
class Block:
    """A piece of code on a page; `language` is empty for an indented one."""

    language: str
    text: str


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """The fenced and the indented pieces of a page, in order."""
    found: list[Block] = []
    fence: str | None = None
    lines: list[str] = []

    def end(language: str) -> None:
        if text := "\n".join(lines).strip("\n"):
            found.append(Block(language, text))
        lines.clear()

    for line in page.read_text().splitlines():
        if line.lstrip().startswith("```"):
            end(fence or "")
            fence = line.strip().strip("`") if fence is None else None
        elif fence is not None or line.startswith("    "):
            lines.append(line if fence is not None else line.strip())
        elif line:
            end("")
    end("")
    return found


def shell(page: Path) -> Iterator[str]:
    """The commands of a page: lines of its shell pieces, continued ones joined, and what stands in backticks."""
    for block in blocks(page):
        if block.language in ("", "sh", "shell", "bash", "console"):
            for line in block.text.replace("\\\n", " ").splitlines():
                yield line.partition(" #")[0]
    prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    yield from (span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", prose))


COMMANDS = [
    (page, command)
    for page in PAGES
    for line in shell(page)
    for command in re.findall(r"(?:^|[\s(])(?:\.venv/bin/)?amanah ((?:[^)|;&<>\"']|\"[^\"]*\"|'[^']*')+)", line)
]
TARGETS = sorted(
    {
        (_name(page), target)
        for page in PAGES
        for line in shell(page)
        if (said := re.match(r"\s*make((?: [a-z][a-z-]*)+)", line))
        for target in said[1].split()
    }
)


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda v: v if isinstance(v, str) else v.stem)
def test_every_command_exists_with_its_options(page: Path, command: str) -> None:
    words = [word for word in shlex.split(command) if word != "..."]
    found: Any = typer.main.get_command(app)
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        names = words.pop(0).split("|")
        assert set(names) <= found.commands.keys(), f"{_name(page)}: there is no `amanah {command}`"
        found = found.commands[names[0]]
    options = {opt: p for p in found.params if p.param_type_name == "option" for opt in (*p.opts, *p.secondary_opts)}
    asked = [word.partition("=")[0] for word in words if word.startswith("--")]
    assert set(asked) <= options.keys(), f"{_name(page)}: `amanah {command}`"
    if words:  # the bare name of a command is a mention of it
        given = {options[name].name for name in asked}
        assert {p.name for p in options.values() if p.required} <= given, f"{_name(page)}: `amanah {command}`"


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 20
    assert len(TARGETS) > 5


@pytest.mark.parametrize(("page", "target"), TARGETS)
def test_every_target_exists(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"{page}: make {target}"


# ---------------------------------------------------------------- links


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_within_the_repository_resolves(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{_name(page)} links to {link}"
        assert not anchor or anchor in anchors(target), f"{_name(page)} links to {link}"


# ---------------------------------------------------------------- queries and answers


@dataclass(frozen=True)
class Example:
    """A query with the JSON that follows it: variables, and the answer."""

    page: Path
    query: str
    variables: dict[str, Any] | None
    answer: dict[str, Any] | None


def examples() -> Iterator[Example]:
    for page in PAGES:
        found = blocks(page)
        for at, block in enumerate(found):
            if block.language != "graphql":
                continue
            following = [json.loads(b.text) for b in found[at + 1 : at + 3] if b.language == "json"]
            variables = following.pop(0) if following and not following[0].keys() & {"data", "errors"} else None
            answer = following[0] if following and "data" in following[0] else None
            yield Example(page, block.text, variables, answer)


EXAMPLES = list(examples())


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The committed schema."""
    return build_schema((ROOT / "gateway" / "schema.graphql").read_text())


@pytest.fixture(scope="module")
def shapes() -> GraphQLSchema:
    """The same without arguments: executed over an answer, a query of the same shape gives that answer."""
    built = build_schema((ROOT / "gateway" / "schema.graphql").read_text())
    for name, kind in built.type_map.items():
        # The types of introspection are the library's own, shared by every schema of the process.
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for field in kind.fields.values():
                field.args = {}
    return built


def _variables(document: DocumentNode) -> tuple[VariableDefinitionNode, ...]:
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return tuple(operation.variable_definitions or ())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.page.stem}:{e.query.split('(')[0].split('{')[0]}")
def test_every_query_is_valid_and_its_answer_has_its_shape(
    example: Example, schema: GraphQLSchema, shapes: GraphQLSchema
) -> None:
    document = parse(example.query)
    assert validate(schema, document) == []
    if example.variables is not None:
        declared = _variables(document)
        coerced = get_variable_values(schema, declared, example.variables)
        assert not isinstance(coerced, list), coerced
        assert example.variables.keys() <= {each.variable.name.value for each in declared}
    if example.answer is not None and example.answer["data"] is not None:
        unasked = parse(re.sub(r"^(\w+ \w+) ?\([^)]*\)", r"\1", example.query))
        result = execute_sync(shapes, unasked, example.answer["data"])
        assert result.errors is None
        assert result.data == example.answer["data"]


def test_there_are_answers_to_check() -> None:
    assert sum(e.answer is not None for e in EXAMPLES) >= 8


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_piece_of_json_and_python_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "python":
            compile(block.text, _name(page), "exec")


def test_the_example_of_an_event_would_be_taken() -> None:
    event = next(b.text for b in blocks(SHIPMENTS) if b.language == "json")
    (read,) = logistics.read(event.encode(), now=datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert isinstance(read, logistics.Reported)
    assert (read.step, read.packages, read.location) == ("arriving", ("SKM-2001-1",), "TITIK-2001")


def test_a_rejection_is_shown_as_it_is() -> None:
    shown = next(b.text for b in blocks(SHIPMENTS) if b.language == "json" and "partner_id" in b.text)
    outcome = PartnerEventDecided.model_validate_json(shown)
    assert json.loads(shown).keys() == json.loads(outcome.model_dump_json()).keys()


# ---------------------------------------------------------------- tables of figures


def test_the_limits_of_the_gateway_are_its_defaults() -> None:
    told = {row[2]: row[1] for row in rows(FRONTEND) if len(row) == 3 and row[2].startswith("AMANAH_GATEWAY_")}
    settings = GatewaySettings.model_fields
    assert len(told) >= 6
    for variable, default in told.items():
        assert default == str(settings[variable.removeprefix("AMANAH_GATEWAY_").lower()].default), variable


def test_the_limits_of_files_are_those_that_hold() -> None:
    told = {row[0]: row[2] for row in rows(FRONTEND) if row[0] in set(UploadPurpose)}
    assert told == {purpose.value: f"{limit // MEGABYTE} MB" for purpose, limit in LIMITS.items()}


def _contract(operation: str) -> type[Request[Any]]:
    name = operation[0].upper() + operation[1:]
    found: type[Request[Any]] = REQUESTS[name]
    return found


def test_who_may_do_what_is_what_the_contracts_say() -> None:
    steps = [row for row in rows(FRONTEND) if len(row) == 3 and re.fullmatch(r"[a-z]+[A-Z]\w+(, \w+)*", row[1])]
    assert len(steps) >= 8
    for _, operations, roles in steps:
        for operation in operations.split(", "):
            assert set(roles.split(", ")) == _contract(operation).roles, operation


def test_the_topics_of_partners_are_as_the_table_has_them() -> None:
    topics = {t.name: t for t in (LOGISTICS_INTAKE, partner_outcomes("<your partner id>"))}
    told = {row[0]: row[1:] for row in rows(SHIPMENTS) if row[0].startswith("logistics.")}
    assert told.keys() == topics.keys()
    for name, figures in told.items():
        assert figures == [str(topics[name].partitions), f"{topics[name].retention_ms // DAY} days"]


def test_the_limits_of_partners_are_those_that_hold() -> None:
    told = {row[0]: row[1] for row in rows(SHIPMENTS) if len(row) == 2}
    assert told["A document"] == f"{logistics.MAX_BYTES:,} bytes"
    assert told["Events in a document"] == f"{logistics.MAX_EVENTS:,}"
    assert told["Ahead of our clock"] == f"{logistics.MAX_SKEW.seconds // 60} minutes"
    assert told["Requests of one user"] == GatewaySettings.model_fields["rate"].default.replace("/", " a ")


# ---------------------------------------------------------------- lock files


def test_no_lock_file_names_a_host() -> None:
    """The installing machine alone decides where packages come from."""
    locks = [
        p for p in (*ROOT.glob("*lock*"), *ROOT.glob("*/*lock*")) if p.is_file() and not p.parent.name.startswith(".")
    ]
    assert ROOT / "requirements.lock" in locks
    for lock in locks:
        named = re.findall(r"\w+://[^\s\"',]+|^--(?:extra-)?index-url.*$|\"resolved\"", lock.read_text(), re.MULTILINE)
        assert named == [], lock
