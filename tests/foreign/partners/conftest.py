"""A deployment on Apache Kafka with a partner in the sandbox, and the programs of examples/partners, built."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest

from amanah.cli.embedded import free_port, stores
from amanah.cli.process import token
from amanah.runtime import settings as settings_module
from tests.foreign.programs import running_process

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "examples" / "partners"
AMANAH = (sys.executable, "-m", "amanah")
INSTALLED = Path(__file__).parent / ".installed"
"""Folder where `make test-foreign` installs confluent-kafka, which nothing else imports."""

MESSAGE = (
    "make test-foreign starts a broker; by hand: deploy/kafka-local/kafka.py run -- pytest -m foreign tests/foreign"
)


@dataclass(frozen=True)
class Deployment:
    """A running Amanah on Kafka."""

    url: str
    admin: str
    environment: dict[str, str]
    """Names its stores, its brokers and its keys to `amanah topics apply`."""


@dataclass(frozen=True)
class Partner:
    """A partner in the sandbox, whose Kafka user and outcome topic are there."""

    id: str
    environment: dict[str, str]
    """Settings of the example programs."""


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Amanah as a process, on stores whose addresses `amanah topics apply` can be told."""
    assert "KAFKA_BOOTSTRAP_SERVERS" in os.environ, MESSAGE
    data = tmp_path_factory.mktemp("partners")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with asyncio.Runner() as runner:
        opened = stores(settings_module.load(data=data))
        found = runner.run(opened.__aenter__())
        try:
            assert found.mongo_url
            assert found.s3_endpoint
            assert found.s3_secret_key
            given = {
                "MONGO_URL": found.mongo_url,
                "S3_ENDPOINT": found.s3_endpoint,
                "S3_ACCESS_KEY": found.s3_access_key,
                "S3_SECRET_KEY": found.s3_secret_key,
                "KAFKA_BOOTSTRAP_SERVERS": os.environ["KAFKA_BOOTSTRAP_SERVERS"],
            }
            command = (*AMANAH, "up", "--quiet", "--data", data, "--port", port)
            with running_process(f"{url}/readyz", *command, **given):
                keys = (data / "keys" / "master").read_text().strip()
                yield Deployment(url, token(data, "ADMIN", "32", "Admin"), {**given, "AMANAH_MASTER_KEYS": keys})
        finally:
            runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def partner(deployment: Deployment) -> Partner:
    """Registers the partner as an administrator does, and gets its token as the partner does."""
    command = (*AMANAH, "partners", "add", f"PT {uuid4()}", "--area", "32.04", "--sandbox", "--json")
    added = done(*command, "--url", deployment.url, environment={"AMANAH_TOKEN": deployment.admin})
    account = json.loads(added.stdout)
    credentials = {each["kind"]: (each["name"], each["secret"]) for each in account["credentials"]}
    done(*AMANAH, "topics", "apply", environment=deployment.environment)
    partner_id, secret = credentials["OAUTH2"]
    request = urllib.request.Request(
        f"{deployment.url}/oauth2/token",
        b"grant_type=client_credentials",
        {"authorization": f"Basic {b64encode(f'{partner_id}:{secret}'.encode()).decode()}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        access = json.load(answer)["access_token"]
    user, password = credentials["KAFKA"]
    environment = {
        "PARTNER": partner_id,
        "TOKEN": access,
        "KAFKA_SERVERS": os.environ["KAFKA_SASL_BOOTSTRAP_SERVERS"],
        "KAFKA_USER": user,
        "KAFKA_PASSWORD": password,
        "KAFKA_SECURITY": "SASL_PLAINTEXT",
    }
    return Partner(partner_id, environment)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, ...]]:
    """The command of each language's program, built from a copy of its folder."""
    folder = tmp_path_factory.mktemp("programs")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "target"))
    go, java, node = folder / "go", folder / "java", folder / "node"
    done("go", "vet", ".", cwd=go)
    done("go", "build", "-o", "partner", ".", cwd=go)
    jars = ("dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=target/jars")
    done("mvn", "-q", "-B", "package", *jars, cwd=java)
    done("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=node)
    classes = f"{java}/target/amanah-partner-1.jar:{java}/target/jars/*"
    return {
        "python": (sys.executable, str(folder / "python" / "partner.py")),
        "go": (str(go / "partner"),),
        "java": ("java", "-cp", classes, "Partner"),
        "node": ("node", str(node / "partner.js")),
    }


def done(
    *command: object, cwd: Path = ROOT, environment: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Runs a command, which must succeed."""
    result = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def fresh_document() -> dict[str, Any]:
    """The events of examples/partners/sandbox.json with ids of their own."""
    document: dict[str, Any] = json.loads((PROGRAMS / "sandbox.json").read_text())
    for event in document["epcisBody"]["eventList"]:
        event["eventID"] = f"urn:uuid:{uuid4()}"
    return document
