"""docker-compose.yml against the compose specification, and against what the house says of itself."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from amanah.cli.process import ROLES
from amanah.runtime.settings import Settings
from gateway.settings import GatewaySettings
from services.audit.settings import AuditSettings

ROOT = Path(__file__).parents[2]
SPEC = Path(__file__).with_name("compose-spec.json")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    jsonschema.validate(compose, json.loads(SPEC.read_text()))


def test_every_role_is_served(compose: dict[str, Any]) -> None:
    commands = [service.get("command") or [] for service in compose["services"].values()]
    assert {command[2] for command in commands if command[:2] == ["amanah", "serve"]} == set(ROLES)


def test_every_variable_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"AMANAH_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        known |= {str(choice) for choice in getattr(alias, "choices", ())} or {f"AMANAH_{name.upper()}"}
    known |= {f"AMANAH_GATEWAY_{name.upper()}" for name in GatewaySettings.model_fields}
    known |= {f"AMANAH_AUDIT_{name.upper()}" for name in AuditSettings.model_fields}
    for name in ROLES:
        assert set(compose["services"][name]["environment"]) <= known


def test_every_long_running_service_has_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "setup":
            assert "test" in service["healthcheck"], name
