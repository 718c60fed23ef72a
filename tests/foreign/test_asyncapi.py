"""docs/partners/asyncapi.json, read by the parser of AsyncAPI itself (npm; needs Node 20)."""

import json
import subprocess

import pytest

from tests.foreign.test_npm import NPM

pytestmark = pytest.mark.foreign
ROOT = NPM.parents[2]


def test_the_parser_has_nothing_to_say() -> None:
    command = ("node", "asyncapi.mjs", str(ROOT / "docs" / "partners" / "asyncapi.json"))
    done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {"version": "3.1.0", "diagnostics": []}
