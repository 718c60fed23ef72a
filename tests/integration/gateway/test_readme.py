"""README's first query, as it stands there, on a gateway that runs."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from amanah.cli.main import app
from tests.integration.gateway.conftest import Street

README = (Path(__file__).parents[3] / "README.md").read_text()
SECTION = README.partition("## The first query")[2].partition("\n## ")[0]


async def test_the_first_query_answers_what_it_says(street: Street, tmp_path: Path) -> None:
    asked = re.search(r"amanah (token [^)]*)\)", SECTION)
    sent = re.search(r"-d '(.*?)'", SECTION)
    told = re.search(r"```json\n(.*?)\n```", SECTION, re.DOTALL)
    assert asked
    assert sent
    assert told
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', asked[1])]
    # The folder holds the issuer that this gateway trusts.
    token = CliRunner().invoke(app, [*words, "--data", str(tmp_path)]).stdout.split()[-1]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    status, _, body = await street.request("POST", "/graphql", data=sent[1].encode(), headers=headers)
    assert status == 200
    assert json.loads(body) == json.loads(told[1])
