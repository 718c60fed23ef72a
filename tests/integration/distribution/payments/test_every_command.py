"""Every command of distribution leaves its entry: one, or as many as are named here. It needs a cash round besides goods."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import ANY

from amanah.contracts.actor import Actor
from amanah.contracts.alerts import UpdateAlert
from amanah.contracts.assignments import AssignOfficer, EndAssignment, ReassignOfficer
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.cases import FileComplaint, ListAttachments, RevealContact, UpdateCase
from amanah.contracts.corrections import ApproveCorrection, ProposeCorrection, RejectCorrection, ReopenEntitlement
from amanah.contracts.custody.custody import Piece, RecordPackageLoss, SetRoute, SplitPackage
from amanah.contracts.custody.labels import IssuePackageCodes, MakePackageLabels
from amanah.contracts.custody.packages import CreatePackages, CreatePlaces, NewPackage, NewPlace
from amanah.contracts.evidence import CreateEvidenceUpload, GetPhotoLinks, RevealOriginal
from amanah.contracts.handovers.handovers import RecordFailedHandover, SyncHandovers
from amanah.contracts.message import Item, Location
from amanah.contracts.partner_events import CaptureEvents
from amanah.contracts.partners import (
    AddPartner,
    ChangePartner,
    ResumePartner,
    RotatePartnerCredential,
    SuspendPartner,
)
from amanah.contracts.payments.payments import (
    ApprovePaymentBatch,
    ConfirmPayment,
    ImportPaymentStatus,
    OpenPaymentFiles,
    RejectPaymentBatch,
)
from amanah.contracts.rounds import CreateProgram, ProgramItem, SetThresholds, ThresholdChanges
from amanah.contracts.sms import SMS_GATEWAY, ListConfirmationCodes, ReceiveSms
from amanah.contracts.uploads import UploadPurpose
from services.distribution.alerts.documents import ALERTS
from services.distribution.alerts.raising import NewAlert, raise_alert
from services.distribution.api import ALERT_RULES
from services.distribution.rounds.documents import ENTITLEMENTS
from tests.integration.conftest import Walk
from tests.integration.distribution.payments.cash import Cash
from tests.integration.distribution.scene import Scene

AREA, VILLAGE, RICE = "32.01.05", "32.01.05.2001", "BERAS-10KG"
HOME = Location(latitude_e6=-6_600_000, longitude_e6=106_800_000)
WHY = "It was another recipient."
# Kept encrypted, so that people may write what the log must not have.
PRIVATE = "It was 3201050101850001, who has 0812-3456-7890 and budi@example.id."


def sacks(quantity: int) -> tuple[Item, ...]:
    return (Item(sku=RICE, quantity=Decimal(quantity)),)


def once() -> str:
    return str(uuid.uuid4())


class Story:
    """Commands in an order in which each is possible."""

    def __init__(
        self,
        scene: Scene,
        cash: Cash,
        person: Callable[..., Actor],
        walk: type[Walk],
        photo: Callable[[int], bytes],
        event: Callable[..., Any],
    ) -> None:
        self.scene, self.cash, self.photo, self.event = scene, cash, photo, event
        self.walk = walk("distribution", scene.handlers, scene.store, scene.store.outbox)
        self.supervisor, self.officer, self.partner = scene.supervisor, scene.officer, scene.partner
        self.approver, self.auditor = person("Budiman", APPROVER="32.01"), person("Audi", AUDITOR="32")
        self.admin = person("Adi", ADMIN="32.01")
        self.resident = person("Warga", RECIPIENT=VILLAGE)

    async def upload(self, content: bytes, purpose: UploadPurpose, by: Actor) -> str:
        """Declared without an entry: what is made of it has one, and an anonymous complaint has no author."""
        ask = CreateEvidenceUpload(
            purpose=purpose, filename="a.jpg", content_type="image/jpeg", size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        made = await self.walk(ask, by)
        await self.scene.store.objects.put(UPLOADS, made.id, content, "image/jpeg")
        return str(made.id)

    async def a_round_opens(self) -> None:
        walk, scene = self.walk, self.scene
        good = ProgramItem(sku=RICE, name="Beras", unit="kg", quantity_per_recipient=Decimal(10))
        program = await walk(
            CreateProgram(code="BPNT", name="Bantuan pangan", items=(good,)), self.supervisor, "program:create"
        )
        moved = SetThresholds(
            program_id=program.id, thresholds=ThresholdChanges(low_accuracy_m=50), authority="SK 2/2026"
        )
        await walk(moved, self.supervisor, "program:set-thresholds", authority="SK 2/2026")
        roster = await scene.approve_roster(program.id, 6)
        ask = scene.round_ask(program.id, roster.roster_id)
        scene.round = await walk(ask, self.supervisor, "round:create", authority="SK 1/2026")

    async def officers_are_assigned(self) -> None:
        walk, round_ = self.walk, self.scene.round
        days: dict[str, Any] = {"starts_on": round_.starts_on, "ends_on": round_.ends_on}

        def to(officer: Actor) -> AssignOfficer:
            return AssignOfficer(round_id=round_.id, officer_id=officer.id, area=AREA, **days)

        given = await walk(to(self.scene.other_officer), self.supervisor, "officer:assign", authority=round_.id)
        other = ReassignOfficer(assignment_id=given.id, officer_id=self.approver.id, reason="She is ill.")
        taken = await walk(other, self.supervisor, "assignment:end", "officer:assign", authority=round_.id)
        over = EndAssignment(assignment_id=taken.id, reason="Nobody is left to visit.")
        await walk(over, self.supervisor, "assignment:end", authority=round_.id)
        await walk(to(self.officer), self.supervisor, "officer:assign", authority=round_.id)

    async def packages_come(self) -> None:
        walk, scene, round_id = self.walk, self.scene, self.scene.round.id
        places = tuple(
            NewPlace(code=code, name=code, kind=kind, area=AREA, location=HOME)
            for code, kind in (("GUDANG", "WAREHOUSE"), ("POS", "POST"))
        )
        await walk(CreatePlaces(places=places), self.supervisor, "place:create")
        await walk(SetRoute(from_place="GUDANG", to_place="POS", hours=5), self.supervisor, "route:set")
        await walk(
            IssuePackageCodes(round_id=round_id, count=3, scheme="OWN"),
            self.supervisor,
            "package-codes:issue",
            authority=round_id,
        )
        package = NewPackage(code="P-1", area=AREA, partner=self.partner.name, contents=sacks(100))
        await walk(
            CreatePackages(round_id=round_id, packages=(package,)), self.supervisor, "package:create",
            authority=round_id,
        )  # fmt: skip
        await walk(
            MakePackageLabels(round_id=round_id, codes=("P-1",)),
            self.supervisor,
            "package-labels:print",
            authority=round_id,
        )
        await walk(
            CaptureEvents(document=scene.document(self.event("P-1", "receiving", "POS"))), self.partner,
            "capture:begin", "package:move", authority=("", round_id),
        )  # fmt: skip
        at = datetime.now(UTC)
        piece = Piece(code="P-1-A", contents=sacks(20))
        await walk(
            SplitPackage(package_code="P-1", pieces=(piece,), occurred_at=at), self.supervisor, "package:split",
            authority=round_id,
        )  # fmt: skip
        lost = RecordPackageLoss(client_id=once(), package_code="P-1-A", kind="DAMAGED", items=sacks(1), occurred_at=at)
        await walk(lost, self.supervisor, "package:damaged", authority=round_id)

    async def partners_come(self) -> None:
        walk, admin = self.walk, self.admin
        account = await walk(AddPartner(name="PT Angkutan", area=AREA, contacts=(PRIVATE,)), admin, "partner:add")
        partner_id = account.partner.id
        await walk(ChangePartner(partner_id=partner_id, places=("POS",)), admin, "partner:change")
        rotate = RotatePartnerCredential(partner_id=partner_id, kind="HMAC")
        await walk(rotate, admin, "partner-credential:rotate")
        await walk(SuspendPartner(partner_id=partner_id, reason=WHY), admin, "partner:suspend")
        await walk(ResumePartner(partner_id=partner_id), admin, "partner:resume")

    async def aid_is_handed_over(self) -> tuple[str, str]:
        """A handover that stands and one that is offline; the ids."""
        walk, round_id, made = self.walk, self.scene.round.id, []
        for n in range(2):
            photo = await self.upload(self.photo(n), UploadPurpose.EVIDENCE_PHOTO, self.officer)
            signature = await self.upload(self.photo(50 + n), UploadPurpose.SIGNATURE, self.officer)
            made.append(await self.scene.handover(n, photo_id=photo, signature_id=signature))
        first = await walk(made[0], self.officer, "handover:accept", authority=round_id)
        batch = SyncHandovers(handovers=(made[1],))
        second = (await walk(batch, self.officer, "handover:accept", authority=round_id)).results[0].handover
        failed = RecordFailedHandover(
            client_id=once(), entitlement_id=await self.entitlement(2), reason="NOT_AT_HOME",
            occurred_at=datetime.now(UTC), location=HOME,
        )  # fmt: skip
        await walk(failed, self.officer, "handover:fail", authority=round_id)
        reopened = ReopenEntitlement(entitlement_id=await self.entitlement(2), reason=PRIVATE)
        await walk(reopened, self.supervisor, "entitlement:reopen", authority=round_id)
        assert second
        return first.id, second.id

    async def entitlement(self, recipient: int) -> str:
        condition = {"recipient": self.scene.recipients[recipient]}
        return (await self.scene.one(ENTITLEMENTS, condition))["_id"]

    async def photos_are_looked_at(self, handover: str) -> None:
        round_id = self.scene.round.id
        await self.walk(GetPhotoLinks(ids=(handover,)), self.supervisor, "photo:view", authority=round_id)
        await self.walk(
            RevealOriginal(handover_id=handover, reason=WHY), self.auditor, "photo:reveal", authority=round_id
        )

    async def handovers_are_corrected(self, first: str, second: str) -> None:
        for handover, decided in ((first, "approve"), (second, "reject")):
            ask = ProposeCorrection(client_id=once(), handover_id=handover, reason=PRIVATE, authority="BA 6")
            correction = await self.walk(ask, self.officer, "correction:propose", authority="BA 6")
            decision = ApproveCorrection if decided == "approve" else RejectCorrection
            answer = decision(correction_id=correction.id, note=PRIVATE, authority="BA 7")
            await self.walk(answer, self.approver, f"correction:{decided}", authority="BA 7")

    async def people_complain(self) -> None:
        walk, supervisor = self.walk, self.supervisor
        photo = await self.upload(self.photo(90), UploadPurpose.ATTACHMENT, self.resident)
        complaint = FileComplaint(
            client_id=once(),
            kind="OTHER",
            text=PRIVATE,
            area=VILLAGE,
            contact="0812-3456-7890",
            attachment_ids=(photo,),
        )
        case = await walk(complaint, self.resident, "case:open")
        await walk(ListAttachments(case_ids=(case.id,)), supervisor, "attachment:reveal")
        await walk(RevealContact(case_id=case.id, reason=PRIVATE), supervisor, "contact:reveal")
        await walk(UpdateCase(case_id=case.id, action="NOTE", note=PRIVATE), supervisor, "case:note")
        store = self.scene.store
        raised = NewAlert(
            ALERT_RULES["custody_difference"], datetime.now(UTC), VILLAGE, "rnd_1", "3", "Package", "pkg_1"
        )
        await store.db.transaction(lambda tx: raise_alert(store, tx, raised))
        alert = await self.scene.one(ALERTS, {"subject": "pkg_1"})
        await walk(UpdateAlert(alert_id=alert["_id"], action="ACKNOWLEDGE"), supervisor, "alert:acknowledge")
        message = ReceiveSms(
            gateway="http", id=once(), sender="081234567890", text="BANTUAN", received_at=datetime.now(UTC)
        )
        await walk(message, SMS_GATEWAY, "sms:receive")
        codes = ListConfirmationCodes(round_id=self.scene.round.id, area=AREA)
        await walk(codes, supervisor, "codes:reveal", authority=self.scene.round.id)

    async def money_is_paid(self) -> None:
        walk, cash, supervisor = self.walk, self.cash, self.supervisor
        await cash.open()
        proposal = ("payment-batch:collect", "payment:include", "payment-batch:propose")
        dropped = await walk(cash.ask(), supervisor, *proposal, authority=cash.round.id)
        reject = RejectPaymentBatch(batch_id=dropped.id, reason=PRIVATE)
        await walk(reject, self.approver, "payment-batch:reject", authority=cash.round.id)
        batch = await walk(cash.ask(), supervisor, *proposal, authority=cash.round.id)
        approve = ApprovePaymentBatch(batch_id=batch.id, authority="SPM 7")
        await walk(approve, self.approver, "payment-batch:approve", authority="SPM 7")
        await walk(OpenPaymentFiles(batch_id=batch.id), supervisor, "payment-file:open", authority="SPM 7")
        report = cash.pain002(batch, (cash.ids[0], "ACCC"))
        upload = await self.upload(report, UploadPurpose.PAYMENT_STATUS, supervisor)
        taken = ImportPaymentStatus(batch_id=batch.id, upload_id=upload)
        report_id = ANY
        await walk(
            taken, supervisor, "payment-status:import", "payment:settle", "payment-status:take",
            authority=(batch.id, report_id, batch.id),
        )  # fmt: skip
        confirm = ConfirmPayment(entitlement_id=cash.ids[0])
        await walk(confirm, self.officer, "payment:confirm", authority=batch.id)


async def test_every_command_leaves_its_entries(
    scene: Scene,
    cash: Cash,
    person: Callable[..., Actor],
    walk: type[Walk],
    photo: Callable[[int], bytes],
    event: Callable[..., Any],
) -> None:
    story = Story(scene, cash, person, walk, photo, event)
    await story.a_round_opens()
    await story.officers_are_assigned()
    await story.packages_come()
    await story.partners_come()
    handovers = await story.aid_is_handed_over()
    await story.photos_are_looked_at(handovers[0])
    await story.handovers_are_corrected(*handovers)
    await story.people_complain()
    await story.money_is_paid()
    assert story.walk.left() == []
    assert await story.walk.refuse_private() == {
        "ApproveCorrection.authority", "ApprovePaymentBatch.authority", "ProposeCorrection.authority",
        "RejectCorrection.authority", "RevealOriginal.reason", "SetThresholds.authority", "SuspendPartner.reason",
    }  # fmt: skip
