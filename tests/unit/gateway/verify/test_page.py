"""`/verify/<id>` as a reader sees it."""

import base64
import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from amanah.contracts.audit.proofs import GetEvidence, GetLogState
from amanah.contracts.errors import NotFound, Unavailable
from amanah.contracts.handovers.public import VerifyHandover
from amanah.contracts.reports import VerifyReport
from amanah.contracts.rosters import VerifyRoster
from amanah.tlog.checkpoint import Signer
from amanah.tlog.proofs import ProofFile
from amanah.tlog.verify import verify_entry
from tests.unit.gateway.conftest import Built, House
from tests.unit.gateway.verify.conftest import Prove

IDS = ("rep_1", "hov_1", "ros_1")


async def read(house: House, path: str) -> str:
    answer = await house.send("GET", f"/verify/{path}", token=None)
    assert answer.status == 200
    # As a reader has it: spaces and line ends are one.
    return " ".join(answer.body.decode().split())


@pytest.mark.parametrize(
    ("thing", "indonesian", "english"),
    [
        (
            "rep_1",
            ("Laporan", "Kabupaten Bogor, Jawa Barat (32.01)", "24 November 2026 pukul 11.00 WIB", "PDF, 12.345 bita"),
            ("Report", "Issued", "24 November 2026, 11:00 WIB (UTC+7)", "PDF, 12,345 bytes"),
        ),
        (
            "hov_1",
            ("Serah terima bantuan", "Sembako, Tahap 1", "Beras 12,5 kg", "Diterima", "(32.01.05)"),
            ("Handover of aid", "Sembako, Tahap 1", "Beras 12.5 kg", "Accepted", "(32.01.05)"),
        ),
        (
            "ros_1",
            ("Daftar penerima", "Kabupaten Bogor, Jawa Barat (32.01), 2026-11", "1.234", "SK 12/2026", "Disahkan"),
            ("List of recipients", "1,234", "SK 12/2026", "Approved"),
        ),
    ],
)
async def test_it_says_what_is_on_record_in_both_languages(
    recorded: House, thing: str, indonesian: tuple[str, ...], english: tuple[str, ...]
) -> None:
    for query, language, words, log in (
        ("", "id", indonesian, "tertulis di log publik sebagai entri nomor 4. Log itu, dengan 7 entri"),
        ("?lang=en", "en", english, "written in the public log as entry number 4. The log, of 7 entries"),
    ):
        page = await read(recorded, thing + query)
        assert f'<html lang="{language}">' in page
        assert [said for said in (*words, log, "log.example/audit") if said not in page] == []
        assert thing in page


async def test_it_shows_nothing_of_a_person_beside_the_public_entry(recorded: House) -> None:
    for thing in IDS:
        page = await read(recorded, thing)
        shown = re.sub(r'<pre id="(entry|proof)">.*?</pre>', "", page)
        assert [found for found in ("usr_", "rcp_", "ent_", "2001", "Sari") if found in shown] == []


async def test_nothing_comes_from_elsewhere_and_only_its_own_script_runs(recorded: House) -> None:
    answer = await recorded.send("GET", "/verify/hov_1", token=None)
    page = answer.body.decode()
    (nonce,) = re.findall(r'<script nonce="([^"]+)"', page)
    assert len(nonce) >= 16
    assert f"script-src 'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    links = re.findall(r"(?:src|href|action)=\"([^\"]*)\"", page)
    assert all(link.startswith(("/", "?")) for link in links)
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert page not in (await recorded.send("GET", "/verify/hov_1", token=None)).body.decode()


async def test_what_is_put_into_it_is_escaped(recorded: House) -> None:
    evil = "</pre><script>alert(1)</script>"
    shown = recorded.owners.answers[VerifyReport]
    recorded.owners.answers[VerifyReport] = shown.model_copy(update={"title": evil})
    found = recorded.evidence["reporting:report:generate", "rep_1"]
    recorded.evidence["reporting:report:generate", "rep_1"] = found.model_copy(
        update={"leaf": found.leaf.replace("distribution", evil)}
    )
    page = await read(recorded, "rep_1")
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") == 2, "once as the title, once in the entry"


async def test_the_proof_can_be_taken_home(recorded: House, signer: Signer) -> None:
    for thing in IDS:
        proof = await recorded.send("GET", f"/verify/{thing}/proof", token=None)
        entry = await recorded.send("GET", f"/verify/{thing}/entry", token=None)
        assert proof.headers["content-type"] == "text/plain; charset=utf-8"
        assert f'filename="{thing}.tlog-proof"' in proof.headers["content-disposition"]
        assert str(ProofFile.parse(proof.body.decode())) == proof.body.decode()
        assert verify_entry(entry.body, proof.body.decode(), signer.verifier).size == 7
        # What the page shows is the same.
        page = (await recorded.send("GET", f"/verify/{thing}", token=None)).body.decode()
        assert proof.body.decode() in page


async def test_the_number_printed_on_a_report_leads_to_it(recorded: House) -> None:
    page = await read(recorded, "rep_printed")
    assert "entri nomor 4" in page
    assert "/verify/rep_1/proof" in page
    assert recorded.owners.asked[0] == VerifyReport(id="rep_printed")


async def test_witnesses_are_named_when_the_log_asks_them(recorded: House, cosigned: Callable[..., None]) -> None:
    assert "ditandatangani oleh log.example/audit. Tidak seorang pun" in await read(recorded, "ros_1")
    cosigned("ros_1", asked=False)
    assert "saksi.example" not in (await read(recorded, "ros_1")).partition('<pre id="proof">')[0]
    cosigned("ros_1")
    assert "ditandatangani oleh log.example/audit dan disaksikan oleh saksi.example/w1" in await read(recorded, "ros_1")
    english = await read(recorded, "ros_1?lang=en")
    assert "signed by log.example/audit and cosigned by saksi.example/w1" in english
    assert "--witness saksi.example/w1+" in english


async def test_while_the_log_changes_its_key_the_commands_name_both(recorded: House, signer: Signer) -> None:
    keys = tuple(str(key.verifier) for key in (Signer(signer.name, bytes(range(1, 33))), signer))
    state = recorded.owners.answers[GetLogState]
    recorded.owners.answers[GetLogState] = state.model_copy(update={"key": keys[0], "keys": keys})
    page = html.unescape(await read(recorded, "rep_1"))
    for command in ("audit check entry.json entry.tlog-proof", "/log"):
        assert f"{command} --key {keys[0]} --key {keys[1]}</pre>" in page


async def test_when_it_was_written_is_said_with_whose_word_that_is(
    recorded: House, cosigned: Callable[..., None]
) -> None:
    cosigned("rep_1")
    for query, own, nobody, witnessed in (
        (
            "",
            "menurut entri itu sendiri: 24 November 2026 pukul 11.00 WIB. Itu kata pengelola",
            "Tidak ada saksi yang menguatkan",
            "menurut para saksi: saksi.example/w1 melihat log yang memuatnya pada 24 November 2026 pukul 11.07 WIB.",
        ),
        (
            "?lang=en",
            "by the entry itself: 24 November 2026, 11:00 WIB (UTC+7). That is the word of the keepers",
            "No witness confirms",
            "is the word of the witnesses: saksi.example/w1 saw the log with it on 24 November 2026, 11:07 WIB (UTC+7).",
        ),
    ):
        page = await read(recorded, "ros_1" + query)
        assert own in page
        assert nobody in page
        page = await read(recorded, "rep_1" + query)
        assert own in page
        assert nobody not in page
        assert witnessed in page
        assert "Januari" not in page, "what was noted beside the log is no time of the entry"
        assert "January" not in page


async def test_every_witness_tells_its_time(recorded: House, cosigned: Callable[..., None]) -> None:
    cosigned("rep_1")
    cosigned("rep_1", name="saksi.example/w2", at=1_800_000_000)
    page = await read(recorded, "rep_1?lang=en")
    assert "saksi.example/w1 saw the log with it on 24 November 2026, 11:07 WIB (UTC+7);" in page
    assert "saksi.example/w2 saw the log with it on 15 January 2027, 15:00 WIB (UTC+7)." in page


@pytest.mark.parametrize("at", [2**63 - 1, 253_402_300_799], ids=["never", "the end of the calendar"])
async def test_a_witness_whose_time_no_calendar_has_tells_none(
    recorded: House, cosigned: Callable[..., None], at: int
) -> None:
    cosigned("rep_1", at=at)
    page = await read(recorded, "rep_1?lang=en")
    assert "cosigned by saksi.example/w1" in page
    assert "No witness confirms when it was written" in page


@pytest.mark.parametrize("cut", [5, 72], ids=["cut off", "of another text"])
async def test_a_line_that_is_not_the_witnesss_tells_no_time(
    recorded: House, cosigned: Callable[..., None], cut: int
) -> None:
    cosigned("rep_1")
    found = recorded.evidence["reporting:report:generate", "rep_1"]
    head, _, line = found.checkpoint.rpartition(" ")
    data = base64.b64decode(line)[: 4 + cut]
    line = base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()
    recorded.evidence["reporting:report:generate", "rep_1"] = found.model_copy(
        update={"checkpoint": f"{head} {line}\n"}
    )
    assert "No witness confirms when it was written" in await read(recorded, "rep_1?lang=en")


async def test_what_is_not_published_yet_is_said_kindly_and_without_saying_since_when(recorded: House) -> None:
    recorded.evidence.clear()
    indonesian, english = await read(recorded, "hov_1"), await read(recorded, "hov_1?lang=en")
    assert "belum masuk ke log publik" in indonesian
    assert "is not in the published log yet" in english
    assert "sehari kemudian" in indonesian
    assert "a day later" in english
    assert "baru saja" not in indonesian
    assert "just now" not in english
    for part in ("proof", "entry"):
        answer = await recorded.send("GET", f"/verify/hov_1/{part}", token=None)
        assert (answer.status, answer.json["code"]) == (503, "not_yet")


@pytest.mark.parametrize("thing", IDS)
async def test_what_differs_from_the_log_is_an_alarm(recorded: House, thing: str) -> None:
    assert "PERINGATAN" not in await read(recorded, thing)
    (action,) = [action for action, about in recorded.evidence if about == thing]
    found = recorded.evidence[action, thing]
    held = re.search(r'"after":"(sha256:[0-9a-f]{64})"', found.leaf)
    assert held
    recorded.evidence[action, thing] = found.model_copy(
        update={"leaf": found.leaf.replace(held[1], "sha256:" + "0" * 64)}
    )
    assert "PERINGATAN" in await read(recorded, thing)
    assert "was changed afterwards" in await read(recorded, f"{thing}?lang=en")


@pytest.mark.parametrize(
    ("status", "action", "words"),
    [
        ("DISPUTED", "distribution:handover:dispute", "Disputed by its recipient"),
        ("REVERSED", "distribution:correction:approve", "Reversed by a correction"),
    ],
)
async def test_a_handover_that_no_longer_stands_says_so_with_its_entry(
    recorded: House, prove: Prove, status: str, action: str, words: str
) -> None:
    shown = recorded.owners.answers[VerifyHandover]
    recorded.owners.answers[VerifyHandover] = shown.model_copy(update={"status": status})
    page = await read(recorded, "hov_1?lang=en")
    assert words in page
    assert "Its present state" not in page
    later = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    recorded.evidence[action, "hov_1"] = prove(action, "hov_1", "", index=6, time=later)
    page = await read(recorded, "hov_1?lang=en")
    assert re.search(
        rf"Its present state \({words}.*\), as the keepers say, is written as entry number 6, with the time 1 December 2026",
        page,
    )
    assert "That entry is not checked on this page" in page
    assert "entry number 4" in page


async def test_a_handover_without_a_seal_has_no_file_to_compare(recorded: House) -> None:
    shown = recorded.owners.answers[VerifyHandover]
    recorded.owners.answers[VerifyHandover] = shown.model_copy(update={"seal": None})
    page = await read(recorded, "hov_1")
    assert 'type="file"' not in page
    assert "entri nomor 4" in page


@pytest.mark.parametrize("thing", ["rep_0", "hov_0", "ros_0", "rcp_1", "%3Cb%3E", "rep_" + "a" * 90, "x"])
async def test_what_nobody_knows_is_404_in_both_languages(recorded: House, thing: str) -> None:
    for asked in VERIFY:
        recorded.owners.answers[asked] = NotFound("not_found")
    answer = await recorded.send("GET", f"/verify/{thing}", token=None)
    page = answer.body.decode()
    assert answer.status == 404
    assert "<b>" not in page
    assert page.index("Tidak ada laporan") < page.index("There is no report")
    assert (await recorded.send("GET", f"/verify/{thing}/proof", token=None)).json["code"] == "not_found"
    assert all(type(ask) in VERIFY for ask in recorded.owners.asked)


VERIFY = (VerifyReport, VerifyHandover, VerifyRoster)


async def test_while_an_owner_is_away_it_asks_to_come_back(recorded: House) -> None:
    recorded.owners.answers[GetEvidence] = Unavailable("unavailable.audit")
    answer = await recorded.send("GET", "/verify/rep_1", token=None)
    assert (answer.status, answer.headers["cache-control"]) == (503, "no-store")
    assert b"Coba lagi" in answer.body


async def test_strangers_have_a_budget(recorded: House, build: Built) -> None:
    house = build(anonymous_rate="2/minute")
    assert (await house.send("GET", "/verify/rep_1", token=None)).status == 200
    assert (await house.send("GET", "/verify/rep_1/proof", token=None)).status == 200
    assert (await house.send("GET", "/verify/rep_1", token=None)).status == 429
    assert (await house.send("GET", "/verify/rep_1/proof", token=None)).json["code"] == "throttled"


async def test_a_head_is_an_answer_without_a_body(recorded: House) -> None:
    for path in ("rep_1", "rep_1/proof", "rep_1/entry"):
        answer = await recorded.send("HEAD", f"/verify/{path}", token=None)
        assert answer.status == 200
        assert int(answer.headers["content-length"]) > 0


async def test_a_page_asks_few_questions(recorded: House) -> None:
    await read(recorded, "hov_1")
    assert len(recorded.owners.asked) == 3
