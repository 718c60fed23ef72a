"""Partners as they would come: the programs of examples/partners, the start page, kcat, and AsyncAPI's own parser."""

import asyncio
import getopt
import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.partners.conftest import AMANAH, INSTALLED, ROOT, Deployment, Partner, done, fresh_document
from tests.waiting import eventually

pytestmark = pytest.mark.foreign

HERE = Path(__file__).parent
PAGES = ROOT / "docs" / "partners"
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.mark.parametrize(
    ("language", "codec"),
    [*((each, codec) for each in ("python", "go", "java") for codec in CODECS), ("node", "none"), ("node", "gzip")],
)
def test_a_program_sends_events_and_prints_their_outcomes(
    language: str, codec: str, partner: Partner, programs: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    document, file = fresh_document(), tmp_path / "shipment.json"
    file.write_text(json.dumps(document))
    environment = {**partner.environment, "KAFKA_COMPRESSION": codec, "PYTHONPATH": str(INSTALLED)}
    printed = done(*programs[language], file, environment=environment).stdout.splitlines()
    accepted, rejected = (event["eventID"] for event in document["epcisBody"]["eventList"])
    outcomes = [line.split()[:3] for line in printed]
    assert ["accepted", accepted] in outcomes
    assert ["rejected", rejected, "not_your_package"] in outcomes


# ---------------------------------------------------------------- the start page


def test_the_start_page_works_as_it_stands(deployment: Deployment, tmp_path: Path) -> None:
    """Steps 2 to 4, in one shell; `amanah up` and `make setup` of step 1 are done."""
    page = (PAGES / "start.md").read_text()
    steps = re.findall(r"```sh\n(.*?)```", page[page.index("## 2.") : page.index("## 5.")], re.DOTALL)
    shutil.copytree(ROOT / "examples" / "partners", tmp_path / "examples" / "partners")
    text = "\n".join(steps).replace("http://127.0.0.1:8000", deployment.url)
    text = re.sub(r"\$\(amanah token [^)]*\)", deployment.admin, text).replace("PT Coba", f"PT Coba {tmp_path}")
    amanah = f'amanah() {{ PYTHONPATH={ROOT} {shlex.join(AMANAH)} "$@"; }}'
    printed = done("bash", "-ec", f"{amanah}\n{text}", cwd=tmp_path).stdout
    first, second = (json.loads("{" + each) for each in re.split(r"(?:^|(?<=\}))\{", printed) if each.strip())
    shown = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    assert {**first, "id": shown["id"]} == shown
    assert [event["result"] for event in second["events"]] == ["duplicate", "accepted"]


# ---------------------------------------------------------------- kcat

KCAT = [
    (page.name, command)
    for page in sorted(PAGES.glob("*.md"))
    for command in re.findall(r"^kcat .*$", page.read_text().replace("\\\n", " "), re.MULTILINE)
]


@pytest.mark.parametrize(("page", "command"), KCAT)
def test_a_command_of_kcat_has_options_that_kcat_knows(page: str, command: str) -> None:
    options, files = getopt.gnu_getopt(shlex.split(command)[1:], "PCLQ:b:t:k:H:X:p:o:f:c:K:D:z:s:r:G:F:eEqvlTuJZ")
    given = dict(options)
    assert {"-b", "-t"} <= given.keys(), page
    if "-P" in given:
        assert given["-H"].startswith("amanah-token="), page
        assert files


def test_there_are_commands_of_kcat_to_check() -> None:
    assert len(KCAT) >= 3


if shutil.which("kcat"):  # Its other commands are parsed above; a package of the system has the program.

    def test_kcat_sends_a_file_and_reads_its_outcomes(partner: Partner, tmp_path: Path) -> None:
        document = fresh_document()
        (tmp_path / "shipment.json").write_text(json.dumps(document, indent=2))
        # The address without login: kcat of Debian 12 has librdkafka 2.0.2, which cannot log in at Kafka 4 (see README.md).
        sending, reading = (
            command.replace("kafka.example.org:9092", os.environ["KAFKA_BOOTSTRAP_SERVERS"])
            for page, command in KCAT
            if page == "shipments.md"
        )
        done("bash", "-ec", sending, cwd=tmp_path, environment=partner.environment)
        reading = reading.replace("-o end", "-o beginning -e")

        def told() -> bool:
            ids = done("bash", "-ec", reading, cwd=tmp_path, environment=partner.environment).stdout.split()
            return {event["eventID"] for event in document["epcisBody"]["eventList"]} <= set(ids)

        asyncio.run(eventually(told, 30, every=0.5))


# ---------------------------------------------------------------- AsyncAPI


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program around AsyncAPI's parser, installed from its lock file."""
    folder = tmp_path_factory.mktemp("asyncapi")
    for name in ("asyncapi.js", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder)
    done("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", cwd=folder)
    return folder / "asyncapi.js"


def parsed(parser: Path, file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done("node", parser, file, cwd=parser.parent).stdout)
    return found


def test_the_parser_of_asyncapi_has_nothing_to_say(parser: Path) -> None:
    found = parsed(parser, PAGES / "asyncapi.json")
    assert found["version"] == "3.1.0"
    assert found["diagnostics"] == []
    operations = dict(found["operations"])
    assert operations["receive-logistics.intake.v1"] == "receive"
    assert operations["send-logistics.outcomes.v1"] == "send"


def test_every_example_fits_its_schema(parser: Path) -> None:
    examples = parsed(parser, PAGES / "asyncapi.json")["examples"]
    assert examples["count"] > 80
    assert examples["misfits"] == []


def test_a_document_with_mistakes_is_found_out(parser: Path, tmp_path: Path) -> None:
    document = json.loads((PAGES / "asyncapi.json").read_text())
    (example,) = document["components"]["messages"]["epcisEvent"]["examples"]
    example["payload"]["action"] = "PONDER"
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(document))
    assert [each[0] for each in parsed(parser, file)["examples"]["misfits"]] == ["epcisEvent"]
    document["operations"]["receive-logistics.intake.v1"]["action"] = "ponder"
    file.write_text(json.dumps(document))
    assert parsed(parser, file)["diagnostics"] != []


def test_lock_files_of_npm_name_no_address_of_a_package() -> None:
    locks = [*ROOT.glob("examples/*/*/package-lock.json"), HERE / "package-lock.json"]
    assert len(locks) == 2
    for lock in locks:
        packages = json.loads(lock.read_text())["packages"]
        assert all("resolved" not in each for each in packages.values()), lock
        assert all("integrity" in each for name, each in packages.items() if name), lock
