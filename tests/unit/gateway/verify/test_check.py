"""The script of `/verify/<id>`, run by node on the page as it is served: on good records and on altered ones."""

import base64
import gzip
import json
import re
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from amanah.contracts.audit.proofs import Evidence, GetLogState, LogState
from amanah.contracts.handovers.public import Seal, VerifyHandover
from amanah.contracts.reports import VerifyReport
from amanah.tlog.checkpoint import Signer
from tests.unit.gateway.conftest import House
from tests.unit.gateway.verify.conftest import Prove
from tests.unit.gateway.verify.forgeries import (
    cut,
    longer,
    other_root,
    resigned,
    shorter,
    spoiled,
    swapped,
    twice,
    without_line,
)

BROWSER = Path(__file__).with_name("browser.mjs")
GOOD = {"agrees": "yes", "included": "yes", "signed": "yes"}
ACTIONS = {
    "rep_1": "reporting:report:generate",
    "hov_1": "distribution:handover:accept",
    "ros_1": "recipients:roster:approve",
}


class Page(HTMLParser):
    """The elements of a page that have an id or a class, with their text and data; and the script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[dict[str, Any]] = []
        self._open: list[tuple[str, dict[str, Any] | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        element = None
        if "id" in has or "class" in has:
            data = {name.removeprefix("data-"): value for name, value in attrs if name.startswith("data-")}
            element = {"id": has.get("id"), "classes": (has.get("class") or "").split(), "data": data, "text": ""}
            self.elements.append(element)
        if tag not in ("meta", "input", "br"):
            self._open.append((tag, element))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for _, element in self._open:
            if element is not None:
                element["text"] += data

    @property
    def script(self) -> str:
        """The text of the element `check`."""
        (found,) = [element["text"] for element in self.elements if element["id"] == "check"]
        return str(found)


@pytest.fixture(scope="module")
def browser() -> Iterator[Callable[[Any], dict[str, str]]]:
    """Visits a page and does as a reader does; one node for all visits."""
    with subprocess.Popen(["node", BROWSER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin
        assert node.stdout
        asks, answers = node.stdin, node.stdout

        def visit(what: Any) -> dict[str, str]:
            asks.write(json.dumps(what) + "\n")
            asks.flush()
            said: dict[str, str] = json.loads(answers.readline())
            return said

        yield visit
        asks.close()


@pytest.fixture
def seen(recorded: House, browser: Callable[[Any], dict[str, str]]) -> Callable[..., Awaitable[dict[str, str]]]:
    """Texts of a verification page after its script ran, by element: the state of each check, and the
    texts that were set.
    """

    async def look(
        thing: str,
        *,
        altered: Callable[[str], str] = str,
        file: bytes | None = None,
        dropped: bool = False,
        without: tuple[str, ...] = (),
    ) -> dict[str, str]:
        answer = await recorded.send("GET", f"/verify/{thing}", token=None)
        page = Page(altered(answer.body.decode()))
        held = None if file is None else base64.b64encode(file).decode()
        what = {"script": page.script, "elements": page.elements, "file": held, "dropped": dropped, "without": without}
        said: dict[str, str] = browser(what)
        return said

    return look


Seen = Callable[..., Awaitable[dict[str, str]]]


def checks(said: dict[str, str]) -> dict[str, str]:
    return {check: said[check] for check in GOOD}


@pytest.fixture
def alter(recorded: House) -> Callable[..., None]:
    """Changes the evidence of a thing."""

    def change(thing: str, **changes: Callable[[Evidence], str]) -> None:
        key = (ACTIONS[thing], thing)
        found = recorded.evidence[key]
        recorded.evidence[key] = found.model_copy(update={field: made(found) for field, made in changes.items()})

    return change


@pytest.mark.parametrize("thing", ["rep_1", "hov_1", "ros_1", "hov_1?lang=en"])
async def test_what_the_log_proves_is_proven_in_the_browser(seen: Seen, thing: str) -> None:
    assert checks(await seen(thing)) == GOOD


@pytest.mark.parametrize(
    ("index", "size"), [(0, 1), (0, 2), (1, 2), (2, 3), (6, 7), (128, 200), (199, 200), (255, 256)]
)
async def test_wherever_the_entry_lies_in_the_log(
    seen: Seen, recorded: House, prove: Prove, index: int, size: int
) -> None:
    found = recorded.evidence[ACTIONS["ros_1"], "ros_1"]
    held = json.loads(found.leaf)["after"]
    recorded.evidence[ACTIONS["ros_1"], "ros_1"] = prove(ACTIONS["ros_1"], "ros_1", held, index=index, size=size)
    assert checks(await seen("ros_1")) == GOOD


ALTERED: list[tuple[dict[str, Callable[[Evidence], str]], dict[str, str]]] = [
    ({"leaf": lambda e: e.leaf.replace("usr_1", "usr_2")}, {"included": "no"}),
    ({"leaf": lambda e: e.leaf + " "}, {"included": "no"}),
    ({"leaf": lambda e: e.leaf.replace('"rep_1"', '"rep_2"')}, {"agrees": "no", "included": "no"}),
    ({"leaf": lambda e: re.sub(r"sha256:\w", "sha256:_", e.leaf)}, {"agrees": "no", "included": "no"}),
    ({"proof": lambda e: e.proof.replace("index 4", "index 5")}, {"included": "no"}),
    ({"proof": lambda e: e.proof.replace("index 4", "index 7")}, {"included": "no"}),
    ({"proof": lambda e: swapped(e.proof)}, {"included": "no"}),
    ({"proof": lambda e: shorter(e.proof)}, {"included": "no"}),
    ({"proof": lambda e: longer(e.proof)}, {"included": "no"}),
    ({"proof": lambda e: e.proof.replace("\n7\n", "\n8\n")}, {"signed": "no"}),
    ({"proof": lambda e: re.sub(r"\n7\n.", "\n7\n_", e.proof)}, dict.fromkeys(GOOD, "no")),
    ({"proof": lambda e: other_root(e.proof)}, {"included": "no", "signed": "no"}),
    ({"proof": lambda e: e.proof.replace("\nlog.example", "\nlog.other", 1)}, {"signed": "no"}),
    ({"proof": lambda e: resigned(e.proof, Signer("log.example/audit", bytes(32)))}, {"signed": "no"}),
    ({"proof": lambda e: resigned(e.proof, Signer("log.other/audit", bytes(range(32))))}, {"signed": "no"}),
    ({"proof": lambda e: spoiled(e.proof)}, {"signed": "no"}),
    ({"proof": lambda e: cut(e.proof, 40)}, {"signed": "no"}),
    ({"proof": lambda e: twice(e.proof)}, {"signed": "no"}),
    ({"proof": lambda e: without_line(e.proof)}, dict.fromkeys(GOOD, "no")),
    ({"proof": lambda _: "no proof"}, dict.fromkeys(GOOD, "no")),
    ({"leaf": lambda e: re.sub(r'"concerns":\[[^]]*],', "", e.leaf)}, {"agrees": "no", "included": "no"}),
]


@pytest.mark.parametrize(("changes", "told"), ALTERED)
async def test_what_was_altered_is_found(
    seen: Seen, alter: Callable[..., None], changes: dict[str, Any], told: dict[str, str]
) -> None:
    alter("rep_1", **changes)
    assert checks(await seen("rep_1")) == GOOD | told


async def test_a_record_that_was_changed_after_it_was_logged_is_found(seen: Seen, recorded: House) -> None:
    for ask, thing, changes in (
        (VerifyReport, "rep_1", {"sha256": "0" * 64}),
        (
            VerifyHandover,
            "hov_1",
            {"seal": Seal(photo="0" * 64, signature="0" * 64, state="")},
        ),
    ):
        recorded.owners.answers[ask] = recorded.owners.answers[ask].model_copy(update=changes)
        assert checks(await seen(thing)) == GOOD | {"agrees": "no"}


async def test_while_two_keys_sign_one_that_is_wrong_spoils_it(
    seen: Seen, recorded: House, alter: Callable[..., None], signer: Signer
) -> None:
    later = Signer(signer.name, bytes(range(1, 33)))
    keys = (str(later.verifier), str(signer.verifier))
    recorded.owners.answers[GetLogState] = LogState(entries=7, tree_size=7, origin=signer.name, key=keys[0], keys=keys)
    assert checks(await seen("rep_1")) == GOOD, "one of the keys has signed"
    text = recorded.evidence[ACTIONS["rep_1"], "rep_1"].checkpoint.partition("\n\n")[0] + "\n"
    alter("rep_1", proof=lambda e: e.proof + later.sign(text))
    assert checks(await seen("rep_1")) == GOOD
    alter("rep_1", proof=lambda e: spoiled(e.proof))
    assert checks(await seen("rep_1")) == GOOD | {"signed": "no"}


async def test_the_key_of_another_log_is_none_of_its_own(
    seen: Seen, recorded: House, alter: Callable[..., None]
) -> None:
    other = Signer("log.other/audit", bytes(range(1, 33)))
    state = recorded.owners.answers[GetLogState]
    recorded.owners.answers[GetLogState] = state.model_copy(update={"keys": (str(other.verifier),)})
    alter("rep_1", proof=lambda e: resigned(e.proof, other))
    assert checks(await seen("rep_1")) == GOOD | {"signed": "no"}


async def test_a_witness_is_checked_too(seen: Seen, alter: Callable[..., None], cosigned: Callable[..., None]) -> None:
    assert "witnessed" not in await seen("rep_1")
    cosigned("rep_1")
    said = await seen("rep_1")
    assert (checks(said), said["witnessed"]) == (GOOD, "yes")
    alter("rep_1", proof=lambda e: spoiled(e.proof))
    said = await seen("rep_1")
    assert (checks(said), said["witnessed"]) == (GOOD, "no")


@pytest.mark.parametrize(
    "change", [without_line, spoiled, twice, lambda proof: cut(proof, 5), lambda proof: cut(proof, 40)],
    ids=["absent", "false", "twice", "without a time", "cut off"],
)  # fmt: skip
@pytest.mark.parametrize("browser_lacks", [(), ("Ed25519",)], ids=["", "old"])
async def test_every_witness_who_is_named_has_signed(
    seen: Seen,
    alter: Callable[..., None],
    cosigned: Callable[..., None],
    change: Callable[[str], str],
    browser_lacks: tuple[str, ...],
) -> None:
    for name in ("saksi.example/w1", "saksi.example/w2"):
        cosigned("rep_1", name=name)
    assert (await seen("rep_1"))["witnessed"] == "yes"
    alter("rep_1", proof=lambda e: change(e.proof))
    said = await seen("rep_1", without=browser_lacks)
    undecided = browser_lacks and change is spoiled
    assert said["witnessed"] == ("unknown" if undecided else "no")
    assert checks(said) == GOOD | ({"signed": "unknown"} if browser_lacks else {})


async def test_a_key_that_is_none_is_no_excuse(
    seen: Seen, recorded: House, cosigned: Callable[..., None], signer: Signer
) -> None:
    def of_the_log(key: str) -> dict[str, Any]:
        return {"key": key, "keys": (key,)}

    def of_a_witness(key: str) -> dict[str, Any]:
        return {"witnesses": (key,)}

    cosigned("rep_1")
    state = recorded.owners.answers[GetLogState]
    name, key_id, key = str(signer.verifier).split("+", 2)
    for wrong in (
        f"{name}+{key_id}+{key[:-8]}",
        f"{name}+{key_id}+{key[:-4]}AAA=",
        f"{name}+{key_id}",
        str(signer.cosigner),
    ):
        recorded.owners.answers[GetLogState] = state.model_copy(update=of_the_log(wrong))
        said = await seen("rep_1")
        assert (checks(said), said["witnessed"]) == (GOOD | {"signed": "no"}, "yes"), wrong
    recorded.owners.answers[GetLogState] = state.model_copy(update=of_a_witness(str(signer.verifier)))
    said = await seen("rep_1")
    assert (checks(said), said["witnessed"]) == (GOOD, "no"), "the log's own key is no witness"


async def test_a_witness_cannot_be_given_the_name_of_another(seen: Seen, cosigned: Callable[..., None]) -> None:
    cosigned("rep_1")
    said = await seen("rep_1", altered=lambda text: text.replace("saksi.example/w1", "university.example"))
    assert (checks(said), said["witnessed"]) == (GOOD, "no")


async def test_the_log_is_no_witness_of_itself(seen: Seen, cosigned: Callable[..., None], signer: Signer) -> None:
    cosigned("rep_1", name=signer.name)
    said = await seen("rep_1")
    assert (checks(said), said["witnessed"]) == (GOOD, "no")


async def test_a_browser_that_cannot_says_so(seen: Seen, cosigned: Callable[..., None]) -> None:
    cosigned("rep_1")
    old = await seen("rep_1", without=("Ed25519",))
    assert (checks(old), old["witnessed"]) == (GOOD | {"signed": "unknown"}, "unknown")
    blind = await seen("rep_1", file=b"any", without=("subtle",))
    assert {blind[check] for check in ("included", "signed", "witnessed", "told")} == {"unknown"}


@pytest.mark.parametrize("dropped", [False, True], ids=["chosen", "dropped"])
@pytest.mark.parametrize(
    ("thing", "name", "which"),
    [
        ("rep_1", "report", "laporan"),
        ("hov_1", "photo", "foto serah terima"),
        ("hov_1", "signature", "gambar tanda tangan"),
        ("ros_1?lang=en", "list", "the content of the list"),
    ],
)
async def test_the_file_that_is_on_record_matches(
    seen: Seen, files: dict[str, bytes], thing: str, name: str, which: str, dropped: bool
) -> None:
    said = await seen(thing, file=files[name], dropped=dropped)
    assert (said["told"], said["which"]) == ("yes", which)
    assert len(said["computed"]) == 64


@pytest.mark.parametrize("file", [b"", b"another", b"\x1f\x8b no gzip", gzip.compress(b"another", mtime=0)])
async def test_any_other_file_does_not(seen: Seen, file: bytes) -> None:
    said = await seen("ros_1", file=file)
    assert (said["told"], said["which"]) == ("no", "")
    assert len(said["computed"]) == 64


async def test_a_list_matches_packed_or_not(seen: Seen, files: dict[str, bytes]) -> None:
    packed = gzip.compress(files["list"])
    assert (await seen("ros_1", file=packed))["told"] == "yes"
    assert (await seen("ros_1", file=packed, without=("DecompressionStream",)))["told"] == "no"


async def test_a_file_that_cannot_be_read_is_no_verdict(seen: Seen) -> None:
    assert (await seen("rep_1", file=b"any", without=("reading",)))["told"] == "unknown"


async def test_before_the_log_is_published_a_file_can_be_compared_all_the_same(
    seen: Seen, recorded: House, files: dict[str, bytes]
) -> None:
    recorded.evidence.clear()
    said = await seen("rep_1", file=files["report"])
    assert (said["told"], "included" in said) == ("yes", False)
