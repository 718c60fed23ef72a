"""A cash round on the real stores: proposed, approved by another, exported once, reported on, confirmed."""

import asyncio
import gzip
import hashlib
import json
import re
import urllib.request
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.bus.consumer import Received
from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.distribution import (
    SMS_DOOR,
    ApprovePaymentBatch,
    ConfirmPayment,
    CreateEvidenceUpload,
    CreateProgram,
    Debtor,
    ExportPayments,
    GetPaymentBatches,
    GetPaymentStatusImport,
    ImportPaymentStatus,
    ListPaymentBatches,
    ListPayments,
    OpenPaymentFiles,
    PaymentBatchView,
    PaymentFormat,
    PaymentStatusImport,
    ProgramItem,
    ReceiveSms,
    RecordFailedHandover,
    RejectPaymentBatch,
)
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import Forbidden, NotFound, Refused
from amanah.contracts.ids import new_id
from amanah.contracts.message import Location
from amanah.contracts.recipients import Payee, RosterApproved, payee_context
from amanah.contracts.topics import AUDIT_ENTRIES, DISTRIBUTION
from amanah.contracts.uploads import UploadPurpose
from amanah.objects import PAYMENTS, ROSTERS, UPLOADS
from services.distribution import payment_queries
from services.distribution.commands.failures import record_failed_handover
from services.distribution.commands.payments import exporting, proposing
from services.distribution.commands.payments.confirming import record_confirmation
from services.distribution.commands.payments.deciding import approve_payment_batch, reject_payment_batch
from services.distribution.commands.payments.exporting import forget_files, open_payment_files
from services.distribution.commands.payments.proposing import export_payments
from services.distribution.commands.payments.settling import import_payment_status, take_waiting
from services.distribution.commands.payments.watching import watch_paid, work_on_batches
from services.distribution.commands.programs import create_program
from services.distribution.commands.rounds import create_round
from services.distribution.commands.sms import receive_sms
from services.distribution.commands.uploads import create_evidence_upload
from services.distribution.confirmation import code_of
from services.distribution.domain.entitlements import entitlement_id
from services.distribution.reactions import keep_approved_roster
from services.distribution.store import Store

DISTRICT, VILLAGE, SIBLING = "32.01.05", "32.01.05.2001", "32.01.05.2002"
DEBTOR = Debtor(name="Dinas Sosial", account="0123456789", bank="BRINIDJA")
TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Cash:
    """Deeds of a cash round."""

    scene: Any
    person: Callable[..., Actor]
    round: Any = None
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor: Actor = self.scene.supervisor
        self.approver = self.person("Budiman", APPROVER="32.01")

    @property
    def store(self) -> Store:
        found: Store = self.scene.store
        return found

    async def open(self, size: int = 4, **program: Any) -> None:
        """A round of so many recipients, every third without an account."""
        item = ProgramItem(sku="UANG", name="Uang tunai", unit="IDR", quantity_per_recipient=Decimal(600_000))
        ask = CreateProgram(code="PKH", name="Program Keluarga Harapan", items=(item,), **program)
        made = await create_program(self.store, self.supervisor, ask)
        assert made.kind == "CASH"
        roster = await self.scene.approve_roster(made.id, size)
        await self.keep_payees(roster)
        self.round = await create_round(self.store, self.supervisor, self.scene.round_ask(made.id, roster.roster_id))
        self.ids = [entitlement_id(self.round.id, r) for r in self.scene.recipients]

    async def keep_payees(self, roster: RosterApproved) -> None:
        """The roster arrives once more, as one for payment."""
        lines = []
        for n, recipient in enumerate(self.scene.recipients):
            account = None if n % 3 == 2 else f"{n:010}"
            payee = Payee(name=f"SITI NUR’AINI {n}", bank="BRI" if account else None, account=account)
            sealed = self.store.keys.encrypt(payee.model_dump_json(), payee_context(roster.roster_id, recipient))
            lines.append(json.dumps({"account": account is not None, "recipientId": recipient, "sealed": sealed}))
        content = "\n".join(lines).encode() + b"\n"
        key = f"test/{new_id('ros')}.payees.jsonl.gz"
        await self.store.objects.put(ROSTERS, key, gzip.compress(content), "application/gzip")
        event = roster.model_copy(update={"payees_key": key, "payees_hash": hashlib.sha256(content).hexdigest()})
        envelope = Envelope(
            id=new_id("evt"), source="/amanah/recipients", type=event.type, subject=event.roster_id,
            time=datetime.now(UTC), actor_id=SYSTEM.id, actor_role=SYSTEM.role, actor_area=SYSTEM.area,
        )  # fmt: skip
        received = Received(event, envelope, event.topic, 0, 0)
        await self.store.db.transaction(lambda tx: keep_approved_roster(self.store, tx, received))

    def ask(self, **changes: Any) -> ExportPayments:
        fields: dict[str, Any] = {
            "round_id": self.round.id, "format": PaymentFormat.PAIN_001, "debtor": DEBTOR, "execution_date": TODAY,
        }  # fmt: skip
        return ExportPayments(**fields | changes)

    async def propose(self, by: Actor | None = None, **changes: Any) -> PaymentBatchView:
        return await export_payments(self.store, by or self.supervisor, self.ask(**changes))

    async def approve(self, batch: PaymentBatchView, by: Actor | None = None) -> PaymentBatchView:
        ask = ApprovePaymentBatch(batch_id=batch.id, authority="SPM 7/2026")
        return await approve_payment_batch(self.store, by or self.approver, ask)

    async def exported(self, **changes: Any) -> PaymentBatchView:
        batch = await self.approve(await self.propose(**changes))
        assert batch.status == "EXPORTED", batch
        return batch

    async def report(self, batch: PaymentBatchView, content: bytes, by: Actor | None = None) -> PaymentStatusImport:
        """The bank's report is uploaded and taken."""
        actor = by or self.supervisor
        ask = CreateEvidenceUpload(
            purpose=UploadPurpose.PAYMENT_STATUS, filename="r", content_type="text/plain", size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        upload = await create_evidence_upload(self.store, actor, ask)
        await self.store.objects.put(UPLOADS, upload.id, content)
        return await import_payment_status(
            self.store, actor, ImportPaymentStatus(batch_id=batch.id, upload_id=upload.id)
        )

    async def on_duty(self) -> None:
        """The officer is assigned."""
        self.scene.round = self.round
        await self.scene.assign(self.scene.officer)

    async def attempt(self, n: int) -> Any:
        """An officer records that the recipient was not at home."""
        ask = RecordFailedHandover(
            client_id=str(uuid.uuid4()), entitlement_id=self.ids[n], reason="NOT_AT_HOME",
            occurred_at=datetime.now(UTC), location=Location(latitude_e6=-6_600_000, longitude_e6=106_800_000),
        )  # fmt: skip
        return await record_failed_handover(self.store, self.scene.officer, ask)

    async def payments(self) -> list[Any]:
        """The payment of each recipient in order."""
        found = {e["_id"]: e for e in await self.store.entitlements.list({"round": self.round.id})}
        return [found[i].get("payment") for i in self.ids]

    async def statuses(self) -> list[str | None]:
        return [p and p["status"] for p in await self.payments()]

    async def contents(self, batch: PaymentBatchView) -> list[bytes]:
        """The files, as someone gets them who opens them."""
        opened = await open_payment_files(self.store, self.supervisor, OpenPaymentFiles(batch_id=batch.id))
        found = []
        for file in opened.files:
            assert file.url
            with urllib.request.urlopen(file.url, timeout=10) as response:
                found.append(response.read())
            assert hashlib.sha256(found[-1]).hexdigest() == file.sha256
            assert len(found[-1]) == file.size
        return found

    async def told(self, ending: str) -> list[Any]:
        """The events of a kind."""
        documents = await self.store.outbox.pending(10_000)
        return [
            json.loads(bytes(d["value"]))
            for d in documents
            if d["topic"] == DISTRIBUTION.name
            and any(ending in bytes(v).decode() for n, v in d["headers"] if "type" in n)
        ]

    async def audited(self, action: str) -> list[Any]:
        return [e for e in await self.scene.published(AUDIT_ENTRIES.name) if e["action"] == action]


def pain002(batch: PaymentBatchView, *payments: tuple[str, str], status: str = "", number: int = 1) -> bytes:
    """A status report on one file of the batch."""
    lines = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{e}</OrgnlEndToEndId><TxSts>{s}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>"
        "</StsRsnInf></TxInfAndSts>"
        for e, s in payments
    )
    group = f"<GrpSts>{status}</GrpSts>" if status else ""
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch.id}-{number:04}</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>"
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch.id}-{number:04}</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>"
        f"{block if payments else ''}</CstmrPmtStsRpt></Document>"
    ).encode()


@pytest.fixture
def cash(scene: Any, person: Callable[..., Actor]) -> Cash:
    return Cash(scene, person)


async def refusal(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


# ---------------------------------------------------------------- proposing and approving


async def test_a_batch_is_proposed_by_one_and_exported_once_another_approves(cash: Cash) -> None:
    await cash.open(4)
    batch = await cash.propose()
    assert (batch.status, batch.count, batch.total, batch.at_post) == ("PROPOSED", 4, 2_400_000, 1)
    assert batch.files == ()
    done = await cash.approve(batch)
    assert (done.status, done.hash, done.authority) == ("EXPORTED", batch.hash, "SPM 7/2026")
    assert [(f.number, f.count, f.total) for f in done.files] == [(1, 4, 2_400_000)]
    (content,) = await cash.contents(done)
    text = content.decode()
    assert re.findall(r"<EndToEndId>(.*?)</EndToEndId>", text) == cash.ids
    assert "<CtrlSum>2400000.00</CtrlSum>" in text
    assert "<Nm>SITI NUR'AINI 0</Nm>" in text
    assert f"<Id>{cash.ids[2]}</Id><SchmeNm><Prtry>POS</Prtry>" in text
    (event,) = await cash.told("payment-batch.approved")
    assert event["villages"] == [
        {"area": VILLAGE, "count": 2, "total": 1_200_000}, {"area": SIBLING, "count": 2, "total": 1_200_000}
    ]  # fmt: skip
    (written,) = await cash.audited("distribution:payment-file:write")
    assert written["after"] == f"sha256:{done.files[0].sha256}"
    assert [e["actor"]["id"] for e in await cash.audited("distribution:payment-file:open")] == [cash.supervisor.id]


async def test_nobody_approves_their_own(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    both = person("Ratna", SUPERVISOR="32.01", APPROVER="32.01")
    batch = await cash.propose()
    assert await refusal(cash.approve(batch, both)) == "same_person"
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    # The next two may: the first word stands, and the same word again is answered.
    done = await cash.approve(batch)
    assert await cash.approve(batch) == done
    other = person("Rina", SUPERVISOR="32")
    assert await refusal(cash.approve(batch, other)) == "batch_not_proposed"


async def test_many_who_approve_at_once_approve_once(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.propose()
    people = [person(f"P{n}", APPROVER="32.01") for n in range(6)]
    done = await asyncio.gather(*(cash.approve(batch, p) for p in people), return_exceptions=True)
    assert sum(isinstance(d, PaymentBatchView) for d in done) == 1
    assert len(await cash.told("payment-batch.approved")) == 1
    assert len(await cash.audited("distribution:payment-file:write")) == 1


async def test_an_entitlement_is_in_one_batch_however_many_propose(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open(30)
    people = [person(f"P{n}", SUPERVISOR="32.01") for n in range(5)]
    asks = [cash.propose(by=p) for p in people] + [cash.propose(area=VILLAGE), cash.propose(area=SIBLING)]
    done = await asyncio.gather(*asks, return_exceptions=True)
    batches = [b for b in done if isinstance(b, PaymentBatchView)]
    assert all(isinstance(b, PaymentBatchView) or b.code == "nothing_to_pay" for b in done)  # type: ignore[union-attr]
    assert sum(b.count for b in batches) == 30
    for batch in batches:
        await cash.approve(batch)
    found = [e for b in batches for c in await cash.contents(b) for e in re.findall(rb"<EndToEndId>(.*?)<", c)]
    assert len(found) == len(set(found)) == 30


async def test_the_same_proposal_again_is_the_first(cash: Cash) -> None:
    await cash.open()
    one, two, three = await asyncio.gather(*(cash.propose() for _ in range(3)))
    assert one.id == two.id == three.id
    assert (await cash.propose()).id == one.id
    assert await refusal(cash.propose(execution_date=TODAY + timedelta(days=1))) == "nothing_to_pay"


async def test_a_rejected_batch_lets_its_entitlements_go(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    ask = RejectPaymentBatch(batch_id=batch.id, reason="Rekening belum dicek")
    rejected = await reject_payment_batch(cash.store, cash.approver, ask)
    assert (rejected.status, rejected.reason) == ("REJECTED", "Rekening belum dicek")
    assert await reject_payment_batch(cash.store, cash.approver, ask) == rejected
    assert await cash.statuses() == ["RELEASED"] * 4
    assert await refusal(cash.approve(batch)) == "batch_not_proposed"
    again = await cash.exported()
    assert again.count == 4
    assert [p["earlier"][0]["batch"] for p in await cash.payments()] == [batch.id] * 4
    assert "belum dicek" not in repr(await cash.scene.published(AUDIT_ENTRIES.name))


async def test_an_area_of_the_round_alone(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open(5)
    batch = await cash.propose(area=VILLAGE)
    assert batch.count == 3
    assert await cash.statuses() == ["INCLUDED", None, "INCLUDED", None, "INCLUDED"]
    assert await refusal(cash.propose(area="32.01.06")) == "area_outside_round"
    with pytest.raises(Forbidden):
        await cash.propose(by=person("Tono", SUPERVISOR=SIBLING))


async def test_what_cannot_be_proposed(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    assert await refusal(cash.propose(execution_date=TODAY - timedelta(days=1))) == "execution_past"
    assert await refusal(cash.propose(round_id=new_id("rnd"))) == "round_unknown"
    assert await refusal(cash.propose(by=person("Far", SUPERVISOR="33"))) == "round_unknown"
    await cash.store.rosters.update({"_id": cash.round.roster_id}, {"$set": {"payees": None}})
    assert await refusal(cash.propose()) == "payees_missing"
    goods = await cash.scene.open(2)
    assert await refusal(cash.propose(round_id=goods.id)) == "not_cash"


async def test_what_is_delivered_or_failed_is_not_paid(cash: Cash) -> None:
    await cash.open(3)
    await cash.store.entitlements.update({"_id": cash.ids[0]}, {"$set": {"status": "DELIVERED"}})
    await cash.store.entitlements.update({"_id": cash.ids[1]}, {"$set": {"status": "FAILED"}})
    assert (await cash.exported()).count == 1


# ---------------------------------------------------------------- exporting


async def test_a_large_batch_is_several_files(cash: Cash) -> None:
    await cash.open(7)
    cash.store.settings.payments_per_file = 3
    done = await cash.exported(format=PaymentFormat.G2P_CONNECT)
    assert [(f.count, f.total) for f in done.files] == [(3, 1_800_000), (3, 1_800_000), (1, 600_000)]
    messages = [json.loads(c) for c in await cash.contents(done)]
    assert [m["header"]["message_id"] for m in messages] == [f"{done.id}-000{n}" for n in (1, 2, 3)]
    assert [m["header"]["total_count"] for m in messages] == [3, 3, 1]
    assert [d["reference_id"] for m in messages for d in m["message"]["disbursements"]] == cash.ids


async def test_it_goes_on_where_it_was_stopped(cash: Cash, monkeypatch: pytest.MonkeyPatch) -> None:
    await cash.open(7)
    settings = cash.store.settings
    settings.payments_per_file, settings.payments_at_once = 3, 0
    batch = await cash.propose()
    assert batch.status == "COLLECTING"
    with monkeypatch.context() as patched:
        patched.setattr(proposing.payees, "_BATCH", 2)
        patched.setattr(proposing, "_freeze", _killed)
        with pytest.raises(Killed):
            await work_on_batches(cash.store)
        assert await cash.statuses() == ["INCLUDED"] * 7
    await _abandoned(cash.store)
    assert await work_on_batches(cash.store)
    found = (await _batch(cash, batch)).status, (await _batch(cash, batch)).count
    assert found == ("PROPOSED", 7)

    await cash.approve(batch)
    writes = 0
    whole = exporting._write

    async def two(store: Any, document: Any, part: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == 3:
            raise Killed
        return await whole(store, document, part)

    await _abandoned(cash.store)
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_write", two)
        with pytest.raises(Killed):
            await work_on_batches(cash.store)
    assert not await work_on_batches(cash.store)
    await _abandoned(cash.store)
    assert await work_on_batches(cash.store)
    done = await _batch(cash, batch)
    assert (done.status, [f.count for f in done.files]) == ("EXPORTED", [3, 3, 1])
    assert len(await cash.audited("distribution:payment-file:write")) == 3
    found_ids = [e.decode() for c in await cash.contents(done) for e in re.findall(rb"<EndToEndId>(.*?)<", c)]
    assert found_ids == cash.ids


class Killed(Exception):
    """The instance was stopped."""


async def _killed(*_: Any) -> Any:
    raise Killed


async def _abandoned(store: Store) -> None:
    await store.payment_batches.update_many({}, {"$set": {"workedAt": LONG_AGO}})


async def _batch(cash: Cash, batch: PaymentBatchView) -> PaymentBatchView:
    ask = GetPaymentBatches(ids=(batch.id,))
    return (await payment_queries.get_payment_batches(cash.store, cash.supervisor, ask)).nodes[0]


async def test_what_was_changed_after_the_proposal_is_not_exported(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    await cash.store.entitlements.update({"_id": cash.ids[0]}, {"$set": {"payment.amount": 900_000_000}})
    done = await cash.approve(batch)
    assert (done.status, done.failure) == ("FAILED", "batch_mismatch")
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    assert await cash.statuses() == ["RELEASED"] * 4
    ask = OpenPaymentFiles(batch_id=batch.id)
    assert await refusal(open_payment_files(cash.store, cash.supervisor, ask)) == "batch_not_exported"


async def test_payees_that_were_exchanged_are_not_paid(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    roster = await cash.store.rosters.get({"_id": cash.round.roster_id})
    assert roster
    key = roster["payees"]["key"]
    lines = gzip.decompress(await cash.store.objects.get(ROSTERS, key)).splitlines(keepends=True)
    await cash.store.objects.put(ROSTERS, key, gzip.compress(b"".join([lines[0], *lines[2:], lines[1]])))
    done = await cash.approve(batch)
    assert (done.status, done.failure) == ("FAILED", "roster_mismatch")
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []


async def test_files_are_deleted_when_their_time_is_over(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    assert not await forget_files(cash.store)
    await cash.store.payment_batches.update({"_id": batch.id}, {"$set": {"decidedAt": LONG_AGO}})
    assert await forget_files(cash.store)
    assert await cash.store.objects.list(PAYMENTS, batch.id) == []
    ask = OpenPaymentFiles(batch_id=batch.id)
    assert await refusal(open_payment_files(cash.store, cash.supervisor, ask)) == "files_gone"
    assert not await forget_files(cash.store)


# ---------------------------------------------------------------- what the bank says


async def test_paid_and_rejected_once_each(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    told = pain002(batch, (cash.ids[0], "ACCC"), (cash.ids[1].upper(), "RJCT"), (cash.ids[2], "ACSP"))
    done = await cash.report(batch, told)
    assert (done.status, done.paid, done.rejected, done.unchanged) == ("DONE", 1, 1, 1)
    assert await cash.statuses() == ["PAID", "REJECTED", "INCLUDED", "INCLUDED"]
    (event,) = await cash.told("payment.settled")
    by_village = {v["area"]: (v["paid"], v["paid_total"], v["rejected"]) for v in event["villages"]}
    assert by_village == {VILLAGE: (1, 600_000, 0), SIBLING: (0, 0, 1)}
    again = await cash.report(batch, told)
    assert (again.paid, again.rejected, again.unchanged) == (0, 0, 3)
    now = await _batch(cash, batch)
    assert (now.paid, now.paid_total, now.rejected) == (1, 600_000, 1)
    assert len(await cash.told("payment.settled")) == 1
    page = await payment_queries.list_payments(
        cash.store, cash.supervisor, ListPayments(batch_id=batch.id, status="REJECTED")
    )
    assert [(p.entitlement_id, p.reason, p.explanation) for p in page.nodes] == [
        (cash.ids[1], "AC04", "The account is closed.")
    ]
    # Paid is not delivered before the recipient says so.
    assert await cash.store.entitlements.count({"status": "DELIVERED"}) == 0


async def test_the_rejected_alone_may_be_in_another_batch(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, pain002(batch, *((i, "RJCT" if i == cash.ids[3] else "ACSC") for i in cash.ids)))
    again = await cash.exported()
    assert again.count == 1
    late = await cash.report(batch, pain002(batch, (cash.ids[3], "ACCC")))
    assert [(p.code, p.entitlement_id) for p in late.problems] == [("payment_unknown", cash.ids[3])]


async def test_a_file_is_reported_on_as_a_whole(cash: Cash) -> None:
    await cash.open(7)
    cash.store.settings.payments_per_file = 3
    batch = await cash.exported()
    done = await cash.report(batch, pain002(batch, status="RJCT", number=2))
    assert (done.status, done.rejected) == ("DONE", 3)
    assert await cash.statuses() == ["INCLUDED"] * 3 + ["REJECTED"] * 3 + ["INCLUDED"]
    assert (await cash.report(batch, pain002(batch, status="ACSC", number=9))).paid == 0
    everything = pain002(batch, status="ACCC").replace(f"{batch.id}-0001".encode(), batch.id.encode())
    assert (await cash.report(batch, everything)).paid == 4


async def test_money_that_comes_back(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, pain002(batch, (cash.ids[0], "ACSC")))
    back = await cash.report(batch, pain002(batch, (cash.ids[0], "RJCT")))
    assert (back.returned, back.rejected) == (1, 0)
    now = await _batch(cash, batch)
    assert (now.paid, now.paid_total, now.rejected) == (0, 0, 1)
    refused = await cash.report(batch, pain002(batch, (cash.ids[0], "ACSC")))
    assert [p.code for p in refused.problems] == ["paid_after_rejected"]


async def test_lines_that_make_no_sense_are_told(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    csv = f"entitlement_id;status;amount\n{cash.ids[0]};PAID;600000\n{cash.ids[1]};PAID;6000\nent_x;PAID;\nSiti Aminah;PAID;\n"
    done = await cash.report(batch, (csv + f"{cash.ids[2]};HMM;\n").encode())
    assert (done.paid, done.refused) == (1, 4)
    assert [(p.entitlement_id, p.code) for p in done.problems] == [
        (cash.ids[1], "amount_differs"), ("ent_x", "payment_unknown"), ("?", "payment_unknown"),
        (cash.ids[2], "status_unknown"),
    ]  # fmt: skip
    assert all(p.message for p in done.problems)


async def test_g2p_statuses_are_taken(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported(format=PaymentFormat.G2P_CONNECT)
    statuses = [{"reference_id": i, "status": "succ", "timestamp": "2026-12-01T00:00:00Z"} for i in cash.ids]
    message = {"header": {}, "message": {"transaction_id": batch.id, "disbursements_status": statuses}}
    assert (await cash.report(batch, json.dumps(message).encode())).paid == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "status_unreadable"),
        (b"<html>", "status_unreadable"), (b"{}", "status_unreadable"), (b"x;y\n", "status_unreadable"),
        (b"id;status\n", "status_unreadable"),
    ],
)  # fmt: skip
async def test_a_report_that_is_none_is_refused(cash: Cash, content: bytes, code: str) -> None:
    await cash.open()
    batch = await cash.exported()
    assert await refusal(cash.report(batch, content)) == code
    assert await cash.store.payment_reports.count({}) == 0


async def test_a_report_on_another_batch_is_refused(cash: Cash) -> None:
    await cash.open()
    one = await cash.exported(area=VILLAGE)
    two = await cash.exported(area=SIBLING)
    assert await refusal(cash.report(one, pain002(two, (cash.ids[1], "ACCC")))) == "status_other_batch"
    assert await cash.statuses() == ["INCLUDED"] * 4


async def test_a_batch_that_no_bank_has_is_not_reported_on(cash: Cash) -> None:
    await cash.open()
    batch = await cash.propose()
    assert await refusal(cash.report(batch, pain002(batch, (cash.ids[0], "ACCC")))) == "batch_not_exported"


async def test_a_long_report_is_taken_by_the_worker(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    cash.store.settings.payments_at_once = 0
    running = await cash.report(batch, pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert (running.status, running.paid) == ("RUNNING", 0)
    assert await take_waiting(cash.store)
    done = await payment_queries.get_payment_status_import(
        cash.store, cash.supervisor, GetPaymentStatusImport(id=running.id)
    )
    assert (done.status, done.paid) == ("DONE", 4)
    assert not await take_waiting(cash.store)


async def test_a_report_that_was_exchanged_is_not_taken(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    cash.store.settings.payments_at_once = 0
    running = await cash.report(batch, pain002(batch, *((i, "RJCT") for i in cash.ids)))
    document = await cash.store.payment_reports.get({"_id": running.id})
    assert document
    await cash.store.objects.put(UPLOADS, document["upload"], pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert await take_waiting(cash.store)
    ended = await cash.store.payment_reports.get({"_id": running.id})
    assert ended
    assert (ended["status"], ended["failure"]) == ("FAILED", "file_mismatch")
    assert await cash.statuses() == ["INCLUDED"] * 4


# ---------------------------------------------------------------- what the recipient says


async def test_a_confirmed_payment_is_delivered(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.exported()
    officer, ask = cash.scene.officer, ConfirmPayment(entitlement_id=cash.ids[0])
    assert await refusal(record_confirmation(cash.store, officer, ask)) == "not_paid"
    await cash.report(batch, pain002(batch, (cash.ids[0], "ACCC")))
    with pytest.raises(NotFound):
        await record_confirmation(cash.store, person("Far", OFFICER="33"), ask)
    done = await record_confirmation(cash.store, officer, ask)
    assert done.confirmed_at is not None
    assert await record_confirmation(cash.store, officer, ask) == done
    (event,) = await cash.told("payment.confirmed")
    assert (event["delivered"], event["channel"], event["amount"]) == (True, "OFFICER", 600_000)
    assert await cash.store.entitlements.count({"status": "DELIVERED"}) == 1
    refused = await cash.report(batch, pain002(batch, (cash.ids[0], "RJCT")))
    assert [p.code for p in refused.problems] == ["confirmed_yet_rejected"]


async def test_paid_is_delivered_where_the_program_says_so(cash: Cash) -> None:
    await cash.open(paid_is_delivered=True)
    batch = await cash.exported()
    await cash.report(batch, pain002(batch, *((i, "ACCC") for i in cash.ids)))
    assert await cash.store.entitlements.count({"status": "DELIVERED"}) == 4
    await cash.report(batch, pain002(batch, (cash.ids[0], "RJCT")))
    assert await cash.store.entitlements.count({"status": "DELIVERED"}) == 3
    one, two = await cash.told("payment.settled")
    assert [sum(v[n] for v in e["villages"]) for e in (one, two) for n in ("delivered", "undelivered")] == [4, 0, 0, 1]
    assert not await watch_paid(cash.store)
    assert await cash.store.alerts.count({}) == 0


async def test_unconfirmed_money_is_an_alert_once(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, pain002(batch, *((i, "ACCC") for i in cash.ids[:3])))
    await record_confirmation(cash.store, cash.scene.officer, ConfirmPayment(entitlement_id=cash.ids[0]))
    await watch_paid(cash.store)
    assert await cash.store.alerts.count({}) == 0
    await cash.store.entitlements.update_many({"round": cash.round.id}, {"$set": {"payment.at": LONG_AGO}})
    for _ in range(3):
        await watch_paid(cash.store)
    alerts = await cash.store.alerts.list({})
    assert {(a["rule"], a["subject"]) for a in alerts} == {("paid_unconfirmed", i) for i in cash.ids[1:3]}
    assert len(alerts) == 2


async def test_the_recipient_confirms_by_sms(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()

    async def said(number: int) -> str | None:
        ask = ReceiveSms(
            gateway="http", id=new_id("pst"), sender=f"08123456789{number}", recipient="2929",
            text=f"TERIMA {code_of(cash.store.keys, cash.ids[number])}", received_at=datetime.now(UTC),
        )  # fmt: skip
        return (await receive_sms(cash.store, SMS_DOOR, ask)).text

    early = await said(0)
    await cash.report(batch, pain002(batch, (cash.ids[0], "ACCC"), (cash.ids[1], "ACCC")))
    # The word that came before the bank's counts when the bank's has come.
    assert await cash.store.entitlements.count({"status": "DELIVERED", "payment.confirmedBy": "SMS"}) == 1
    late = await said(1)
    assert late != early
    assert await said(1) == late
    assert [e["entitlement_id"] for e in await cash.told("payment.confirmed")] == cash.ids[:2]
    assert await cash.store.entitlements.count({"status": "DELIVERED"}) == 2


# ---------------------------------------------------------------- never twice, whichever way


async def test_what_is_in_payment_is_not_handed_over(cash: Cash) -> None:
    await cash.open()
    await cash.on_duty()
    await cash.propose()
    assert await refusal(cash.attempt(0)) == "in_payment"


async def test_an_attempt_and_a_batch_do_not_both_get_it(cash: Cash) -> None:
    await cash.open(12)
    await cash.on_duty()
    attempts = [cash.attempt(n) for n in range(12)]
    done = await asyncio.gather(cash.propose(), *attempts, return_exceptions=True)
    refused = [d for d in done[1:] if isinstance(d, Refused)]
    assert all(r.code == "in_payment" for r in refused)
    assert all(isinstance(d, Refused) or not isinstance(d, BaseException) for d in done[1:])
    assert (await cash.statuses()).count("INCLUDED") == len(refused)
    assert await cash.store.entitlements.count({"status": "FAILED"}) == 12 - len(refused)
    assert await cash.store.entitlements.count({"status": "FAILED", "payment.status": "INCLUDED"}) == 0


# ---------------------------------------------------------------- who sees what


async def test_batches_outside_the_scope_do_not_exist(cash: Cash, person: Callable[..., Actor]) -> None:
    await cash.open()
    batch = await cash.exported()
    auditor, stranger = person("A", AUDITOR="32"), person("B", AUDITOR="33", SUPERVISOR=VILLAGE)
    ask = ListPaymentBatches(round_id=cash.round.id)
    assert (await payment_queries.list_payment_batches(cash.store, auditor, ask)).total == 1
    assert (await payment_queries.list_payment_batches(cash.store, stranger, ask)).total == 0
    assert (
        await payment_queries.get_payment_batches(cash.store, stranger, GetPaymentBatches(ids=(batch.id,)))
    ).total == 0
    for work in (
        payment_queries.list_payments(cash.store, stranger, ListPayments(batch_id=batch.id)),
        open_payment_files(cash.store, stranger, OpenPaymentFiles(batch_id=batch.id)),
        cash.approve(batch, stranger),
        cash.report(batch, b"id;status\n", stranger),
    ):
        with pytest.raises(NotFound):
            await work
    with pytest.raises(Forbidden):
        await open_payment_files(cash.store, auditor, OpenPaymentFiles(batch_id=batch.id))


async def test_names_and_accounts_are_in_the_files_alone(cash: Cash) -> None:
    await cash.open()
    batch = await cash.exported()
    await cash.report(batch, pain002(batch, (cash.ids[0], "ACCC")))
    left = repr([
        await cash.store.db[name].list({})
        for name in ("entitlements", "payment_batches", "payment_reports", "rosters", "rounds", "outbox", "alerts")
    ])  # fmt: skip
    for canary in ("SITI NUR", "0000000001"):
        assert canary not in left
    assert b"0000000001" in (await cash.contents(batch))[0]
