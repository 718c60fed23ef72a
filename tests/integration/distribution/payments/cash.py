"""A cash round on the real stores, with sealed payees."""

import gzip
import hashlib
import json
import urllib.request
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.buckets import ROSTERS, UPLOADS
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import Refused
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.handovers.handovers import RecordFailedHandover
from amanah.contracts.ids import new_id
from amanah.contracts.message import Location
from amanah.contracts.payees import Payee, payee_context
from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    Debtor,
    ExportPayments,
    GetPaymentBatches,
    ImportPaymentStatus,
    OpenPaymentFiles,
    PaymentBatchView,
    PaymentFormat,
    PaymentStatusImport,
)
from amanah.contracts.rosters import RosterApproved
from amanah.contracts.rounds import CreateProgram, ProgramItem, RoundView
from amanah.contracts.topics import AUDIT_ENTRIES, DISTRIBUTION
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.consumer import Received
from services.distribution.evidence.commands import create_evidence_upload
from services.distribution.handovers.commands.failures import record_failed_handover
from services.distribution.payments import queries as payment_queries
from services.distribution.payments.commands.bank_reports import import_payment_status
from services.distribution.payments.commands.decide import approve_payment_batch
from services.distribution.payments.commands.export import open_payment_files
from services.distribution.payments.commands.propose import export_payments
from services.distribution.reactions import keep_approved_roster
from services.distribution.rounds.commands.programs import create_program
from services.distribution.rounds.commands.rounds import create_round
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.rounds.rules.entitlements import entitlement_id
from services.distribution.store import Store
from tests.integration.distribution.scene import Scene

DEBTOR = Debtor(name="Dinas Sosial", account="0123456789", bank="BRINIDJA")


TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()


@dataclass
class Cash:
    """Deeds of a cash round."""

    scene: Scene
    person: Callable[..., Actor]
    opened: RoundView | None = None
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor: Actor = self.scene.supervisor
        self.approver = self.person("Budiman", APPROVER="32.01")

    @property
    def store(self) -> Store:
        return self.scene.store

    @property
    def round(self) -> RoundView:
        """The round, once it is open."""
        assert self.opened
        return self.opened

    async def open(self, size: int = 4, **program: Any) -> None:
        """A round of so many recipients, every third without an account."""
        item = ProgramItem(sku="UANG", name="Uang tunai", unit="IDR", quantity_per_recipient=Decimal(600_000))
        ask = CreateProgram(code="PKH", name="Program Keluarga Harapan", items=(item,), **program)
        made = await create_program(self.store, self.supervisor, ask)
        assert made.kind == "CASH"
        roster = await self.scene.approve_roster(made.id, size)
        await self.keep_payees(roster)
        self.opened = await create_round(self.store, self.supervisor, self.scene.round_ask(made.id, roster.roster_id))
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

    async def batch(self, batch: PaymentBatchView) -> PaymentBatchView:
        """The batch as it is now."""
        ask = GetPaymentBatches(ids=(batch.id,))
        return (await payment_queries.get_payment_batches(self.store, self.supervisor, ask)).nodes[0]

    async def payments(self) -> list[Any]:
        """The payment of each recipient in order."""
        found = {e["_id"]: e for e in await self.store[ENTITLEMENTS].list({"round": self.round.id})}
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

    @staticmethod
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

    @staticmethod
    async def refusal(work: Awaitable[object]) -> str:
        """The code with which it is refused."""
        with pytest.raises(Refused) as refused:
            await work
        return refused.value.code
