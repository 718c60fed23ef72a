"""The table of audit actions against the code that writes them and the page that lists them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amanah.cli import actions as command
from amanah.cli.actions import PAGE
from amanah.cli.main import app
from amanah.contracts.audit.actions import ACTIONS, AuditAction

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "amanah" / "contracts" / "audit" / "actions.py"
SERVICES = ("recipients", "distribution", "reporting", "audit", "gateway")
EVERY_SERVICE = {ACTIONS[f"{service}:{what}"] for service in SERVICES for what in ("settings:change", "key:rotate")}
"""Written by amanah.runtime.settings_audit, which takes the service of its outbox."""

LITERAL = re.compile(r"(?:access|bus|recipients|distribution|reporting|audit|gateway):[a-z-]+:[a-z-]*")


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Every node of the code but the table's."""
    for folder in ("amanah", "services", "gateway"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path != TABLE:
                for node in ast.walk(ast.parse(path.read_text())):
                    yield path, node


def test_every_action_is_used() -> None:
    used = {
        node.attr
        for _, node in nodes()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "AuditAction"
    }
    assert {action.name for action in set(AuditAction) - EVERY_SERVICE} == used


def test_no_action_is_written_as_a_string() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path, node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LITERAL.fullmatch(node.value)
    ]
    assert found == []


@pytest.mark.parametrize("action", AuditAction, ids=str)
def test_an_action_is_named_by_its_noun_and_verb(action: AuditAction) -> None:
    assert re.fullmatch(r"[a-z]+:[a-z]+(-[a-z]+)*:[a-z]+(-[a-z]+)*", action)
    service, rest = action.upper().replace("-", "_").split(":", 1)
    noun_and_verb = rest.replace(":", "_")
    assert action.name == (f"{service}_{noun_and_verb}" if action in EVERY_SERVICE else noun_and_verb)


@pytest.mark.parametrize("action", AuditAction, ids=str)
def test_an_action_is_described(action: AuditAction) -> None:
    assert re.fullmatch(r"[A-Z][^|]*[^.|]", action.description)
    assert re.fullmatch(r"[A-Z][^|]*", action.subject)
    assert re.fullmatch(r"[a-z]+( \S+)+", action.indonesian)


def test_the_page_has_every_action_once() -> None:
    assert CliRunner().invoke(app, ["actions", "--check"]).exit_code == 0, "run `amanah actions`"
    rows = Counter(re.findall(r"^\| `([^`:]+:[^`:]+:[^`:]+)` \|", PAGE.read_text(), re.MULTILINE))
    shown = {f"<service>:{action.split(':', 1)[1]}" if action in EVERY_SERVICE else action for action in AuditAction}
    assert rows == Counter(shown)


def test_the_command_finds_a_page_that_differs_and_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, copy = PAGE.read_text(), tmp_path / "page.md"
    row = next(line for line in page.splitlines(keepends=True) if AuditAction.HANDOVER_ACCEPT in line)
    copy.write_text(page.replace(row, ""))
    monkeypatch.setattr(command, "PAGE", copy)
    run = CliRunner().invoke
    assert [run(app, ["actions", *more]).exit_code for more in (["--check"], [], ["--check"])] == [1, 0, 0]
    assert copy.read_text() == page
