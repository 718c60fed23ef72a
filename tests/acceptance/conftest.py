"""The documents that frontends send, word for word."""

from pathlib import Path

import pytest

from amanah.cli.demo.documents import split


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    """Every operation of the contract by name."""
    return split(Path(__file__).with_name("operations.graphql").read_text(encoding="utf-8"))
