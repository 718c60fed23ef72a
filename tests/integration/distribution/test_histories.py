"""One search finds the whole history of a recipient, a package or an officer, whichever service wrote it."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from starlette.applications import Starlette

from amanah.contracts.actor import Actor
from amanah.contracts.area_table import AreaTable
from amanah.contracts.audit.search import ListEntries
from amanah.contracts.buckets import UPLOADS
from amanah.contracts.cases import FileComplaint, GetCases, UpdateCase
from amanah.contracts.corrections import ApproveCorrection, ProposeCorrection, ReopenEntitlement
from amanah.contracts.custody.packages import CreatePackages, NewPackage
from amanah.contracts.envelope import Envelope
from amanah.contracts.evidence import GetPhotoLinks
from amanah.contracts.handovers.handovers import GetHandovers, RecordFailedHandover
from amanah.contracts.imports import ApproveImport, CreateListUpload, ImportRecipients
from amanah.contracts.message import Item
from amanah.contracts.register import GetRecipients, RevealNik
from amanah.contracts.rosters import ApproveRoster, ProposeRoster, RosterApproved
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.consumer import Received
from amanah.runtime.bus.outbox import Outbox
from amanah.runtime.crypto import Keyring
from amanah.runtime.identity import CallSigner
from amanah.runtime.mongo import Database
from amanah.runtime.objects import Objects
from amanah.runtime.rpc import Client, InProcessTransport
from amanah.runtime.service import rpc_route
from amanah.runtime.uploads import Uploads
from amanah.tlog.checkpoint import Signer
from services.audit.api import prepare as prepare_log
from services.audit.log.sequencing import append_entries
from services.audit.search.queries import list_entries
from services.audit.search.rules.entry import NewEntry, read
from services.audit.search.rules.terms import entry_terms, evidence_term, on_level
from services.audit.settings import AuditSettings
from services.audit.store import Store as Log
from services.distribution.custody.commands.balances import post_balances
from services.distribution.custody.documents import PACKAGES
from services.distribution.reactions import keep_approved_roster
from services.distribution.rounds.documents import ENTITLEMENTS
from services.recipients.api import HANDLERS, prepare
from services.recipients.imports.importer import Importer
from services.recipients.register.documents import RECIPIENTS
from services.recipients.rosters.documents import ROSTERS
from services.recipients.settings import RecipientsSettings
from services.recipients.store import Store as RegisterStore
from tests.integration.distribution.scene import Scene

AREAS = {
    "ID": "Indonesia", "32": "Jawa Barat", "32.01": "Kabupaten Bogor", "32.01.05": "Cibungbulang",
    "32.01.05.2001": "Sukamaju",
}  # fmt: skip
LIST = """NIK;NO KK;NAMA;TGL LAHIR;JK;ALAMAT;RT;RW;DESA/KELURAHAN;KECAMATAN;KAB/KOTA;PROVINSI
3201050101850001;3201050101100001;SITI AMINAH;01/01/1985;L;JL. MELATI;003;012;SUKAMAJU;CIBUNGBULANG;KAB. BOGOR;JAWA BARAT
3201050101850002;3201050101100002;BUDI SANTOSO;01/01/1985;L;JL. MAWAR;003;012;SUKAMAJU;CIBUNGBULANG;KAB. BOGOR;JAWA BARAT
"""
WHY = "Compared with the card that she brought."


class Register:
    """The recipients service: a list becomes people, and people a roster."""

    def __init__(self, store: RegisterStore, person: Callable[..., Actor]) -> None:
        self.store = store
        self.registrar, self.approver = person("Rina", REGISTRAR="32.01"), person("Dewi", APPROVER="32.01")
        signer = CallSigner("s" * 32)
        door = Starlette(routes=[rpc_route("recipients", HANDLERS, store, signer, store.outbox.trail)])
        self.call = Client({"recipients": InProcessTransport(door)}, signer).call

    async def handed_in(self) -> list[str]:
        """The ids of those on the list, by name."""
        content = LIST.encode()
        wanted = CreateListUpload(
            purpose=UploadPurpose.RECIPIENT_LIST, filename="list.csv", content_type="text/csv", size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        upload = await self.call(wanted, self.registrar)
        await self.store.objects.put(UPLOADS, upload.id, content, "text/csv")
        started = await self.call(ImportRecipients(upload_id=upload.id, source="Dinsos"), self.registrar)
        assert await Importer(self.store).work()
        await self.call(ApproveImport(import_id=started.id, note="CheckResult in the field."), self.approver)
        assert await Importer(self.store).work()
        return [r["_id"] for r in await self.store[RECIPIENTS].list({}, sort=[("name", -1)])]

    async def on_a_roster(self, program_id: str) -> RosterApproved:
        """The roster of the program, as its approval is told."""
        wanted = ProposeRoster(program_id=program_id, period="2026-11", area="32.01.05")
        proposed = await self.call(wanted, self.registrar)
        await self.call(ApproveRoster(roster_id=proposed.id, decree="SK 12/2026"), self.approver)
        *_, told = [d for d in await self.store.outbox.pending(1000) if d["topic"] == RosterApproved.topic]
        return RosterApproved.model_validate_json(bytes(told["value"]))


@pytest.fixture
async def register(
    database: Callable[[str], Database], objects: Objects, keys: Keyring, person: Callable[..., Actor]
) -> Register:
    """The recipients service beside the distribution of `scene`."""
    db = database("recipients")
    store = RegisterStore(
        db=db, objects=objects, keys=keys, outbox=Outbox(db, "recipients"), uploads=Uploads(db, objects),
        areas=AreaTable(AREAS), settings=RecipientsSettings(),
    )  # fmt: skip
    await prepare(store)
    return Register(store, person)


PaymentResult = Callable[[str], Awaitable[list[str]]]


@pytest.fixture
async def told(
    scene: Scene,
    register: Register,
    database: Callable[[str], Database],
    objects: Objects,
    person: Callable[..., Actor],
) -> PaymentResult:
    """Finds the entries about a thing as an auditor: the actions, in the order in which they happened."""
    db = database("audit")
    log = Log(
        db=db, objects=objects, signers=(Signer("log.example/audit", bytes(range(32))),), settings=AuditSettings(),
        outbox=Outbox(db, "audit"), bucket=f"audit-{uuid.uuid4().hex}",
    )  # fmt: skip
    await prepare_log(log)

    async def about(identifier: str) -> list[str]:
        waiting = [d for outbox in (register.store.outbox, scene.store.outbox) for d in await outbox.pending(10_000)]
        leaves = [bytes(d["value"]) for d in waiting if d["topic"] == AUDIT_ENTRIES.name]
        entries = sorted((NewEntry(read(leaf), leaf) for leaf in leaves), key=lambda each: each.entry.time)
        await log.db.transaction(lambda tx: append_entries(log, tx, entries))
        page = await list_entries(log, person("Gita", AUDITOR="32"), ListEntries(about=identifier, first=100))
        assert not page.more
        return [entry.action for entry in reversed(page.nodes)]

    return about


async def played(scene: Scene, register: Register, person: Callable[..., Actor]) -> dict[str, str]:
    """A program from the list to a handover that is contradicted, upheld, reversed and reopened; the ids in it."""
    siti, budi = await register.handed_in()
    program = await scene.program()
    approved = await register.on_a_roster(program)
    envelope = Envelope(
        id="evt_1", source="/amanah/recipients", type=approved.type, subject=approved.roster_id, time=datetime.now(UTC),
        actor_id=register.approver.id, actor_role="APPROVER", actor_area="32.01",
    )  # fmt: skip
    received = Received(approved, envelope, approved.topic, 0, 0)
    await scene.store.db.transaction(lambda tx: keep_approved_roster(scene.store, tx, received))
    scene.recipients = [siti, budi]
    scene.round = await scene.call(scene.round_ask(program, approved.roster_id), scene.supervisor)
    await scene.assign(scene.officer)
    await scene.arrived("P-1")
    entitlement = (await scene.one(ENTITLEMENTS, {"recipient": siti}))["_id"]

    at_home = RecordFailedHandover(
        client_id=str(uuid.uuid4()), entitlement_id=entitlement, reason="NOT_AT_HOME", occurred_at=datetime.now(UTC),
        location=(await scene.handover(photo_id="", signature_id="")).location,
    )  # fmt: skip
    await scene.call(at_home, scene.officer)
    reopened = ReopenEntitlement(entitlement_id=entitlement, reason="She is back from the hospital.")
    await scene.call(reopened, scene.supervisor)
    handed = await scene.call(await scene.handover(), scene.officer)
    resident = person("Warga", RECIPIENT="32.01.05.2001")
    complaint = FileComplaint(
        client_id=str(uuid.uuid4()), kind="NOT_RECEIVED", text="Tidak sampai", area="32.01.05.2001",
        entitlement_id=entitlement,
    )  # fmt: skip
    case = await scene.call(complaint, resident)
    auditor = person("Gita", AUDITOR="32")
    await scene.call(GetCases(ids=(case.id,)), auditor)
    await scene.call(UpdateCase(case_id=case.id, action="RESOLVE", note="Asked at home."), scene.supervisor)
    await scene.call(GetHandovers(ids=(handed.id,)), auditor)
    await scene.call(GetPhotoLinks(ids=(handed.id,)), auditor)
    wrong = ProposeCorrection(
        client_id=str(uuid.uuid4()), handover_id=handed.id, reason="Wrong person.", authority="SK 12/2026"
    )
    proposed = await scene.call(wrong, person("Wati", SUPERVISOR="32.01"))
    await scene.call(ApproveCorrection(correction_id=proposed.id, note="Agreed."), scene.supervisor)
    await register.call(RevealNik(recipient_id=siti, reason=WHY), register.approver)
    await register.call(GetRecipients(ids=(siti, budi)), auditor)
    # What belongs to none of them.
    await scene.call(GetHandovers(ids=(handed.id,)), scene.officer)
    await scene.arrived("P-2", 50)
    await post_balances(scene.store)
    package = await scene.one(PACKAGES, {"code": "P-1"})
    return {"siti": siti, "budi": budi, "package": package["_id"], "entitlement": entitlement, "handover": handed.id}


async def test_the_story_of_each_is_told_whole_and_of_nobody_else(
    scene: Scene, register: Register, told: PaymentResult, person: Callable[..., Actor]
) -> None:
    ids = await played(scene, register, person)
    assert await told(ids["siti"]) == [
        "recipients:import:apply-rows",
        "distribution:entitlement:create",
        "distribution:handover:fail",
        "distribution:entitlement:reopen",
        "distribution:handover:accept",
        "distribution:case:open",
        "distribution:handover:dispute",
        "access:personal-data:read",
        "distribution:case:resolve",
        "distribution:handover:uphold",
        "access:personal-data:read",
        "distribution:photo:view",
        "distribution:correction:propose",
        "distribution:correction:approve",
        "recipients:nik:reveal",
        "access:personal-data:read",
    ]
    assert await told(ids["budi"]) == [
        "recipients:import:apply-rows", "distribution:entitlement:create", "access:personal-data:read",
    ]  # fmt: skip
    of_package = [
        "distribution:package:create",
        "distribution:package:move",
        "distribution:handover:accept",
        "distribution:handover:dispute",
        "distribution:handover:uphold",
        "distribution:photo:view",
        "distribution:correction:propose",
        "distribution:correction:approve",
    ]
    assert await told(ids["package"]) == of_package
    assert await told("P-1") == of_package
    assert await told(scene.officer.id) == [
        "distribution:officer:assign",
        "distribution:handover:fail",
        "distribution:handover:accept",
        "distribution:case:open",
        "distribution:handover:dispute",
        "distribution:case:resolve",
        "distribution:handover:uphold",
        "distribution:photo:view",
        "distribution:correction:propose",
        "distribution:correction:approve",
    ]


async def test_what_anyone_may_check_is_proven_by_what_the_services_tell(
    scene: Scene, register: Register, person: Callable[..., Actor]
) -> None:
    ids = await played(scene, register, person)
    (roster,) = await register.store[ROSTERS].list({})
    waiting = [d for outbox in (register.store.outbox, scene.store.outbox) for d in await outbox.pending(10_000)]
    entries = [read(bytes(d["value"])) for d in waiting if d["topic"] == AUDIT_ENTRIES.name]
    found = sorted(term for entry in entries for term in entry_terms(entry) if term.startswith("0proves:"))
    assert found == sorted(
        on_level(0, evidence_term(action, thing))
        for action, thing in (
            ("recipients:roster:approve", roster["_id"]),
            ("distribution:handover:accept", ids["handover"]),
            ("distribution:handover:dispute", ids["handover"]),
            ("distribution:correction:approve", ids["handover"]),
        )
    )


async def test_a_parcel_of_one_recipient_is_in_their_history(scene: Scene) -> None:
    await scene.open()
    first, other = scene.recipients[:2]
    entitlement = (await scene.one(ENTITLEMENTS, {"recipient": first}))["_id"]
    parcel = NewPackage(
        code="P-1", area="32.01.05", contents=(Item(sku="BERAS-10KG", quantity=Decimal(10)),),
        entitlement_id=entitlement,
    )  # fmt: skip
    await scene.call(CreatePackages(round_id=scene.round.id, packages=(parcel,)), scene.supervisor)
    (made,) = [e for e in await scene.published(AUDIT_ENTRIES.name) if e["action"] == "distribution:package:create"]
    named = [each["id"] for each in made["concerns"]]
    assert {first, entitlement, "P-1"} <= set(named)
    assert other not in named


async def test_an_anonymous_complaint_names_its_round_alone(scene: Scene, person: Callable[..., Actor]) -> None:
    await scene.open()
    entitlement = (await scene.one(ENTITLEMENTS, {"recipient": scene.recipients[0]}))["_id"]
    complaint = FileComplaint(
        client_id=str(uuid.uuid4()), kind="CONDUCT", text="Petugas kasar", area="32.01.05.2001",
        entitlement_id=entitlement, anonymous=True,
    )  # fmt: skip
    case = await scene.call(complaint, person("Warga", RECIPIENT="32.01.05.2001"))
    await scene.call(GetCases(ids=(case.id,)), scene.supervisor)
    entries = await scene.published(AUDIT_ENTRIES.name)
    (opened,) = [e for e in entries if e["action"] == "distribution:case:open"]
    assert [each["id"] for each in opened["concerns"]] == [scene.round.id]
    (read,) = [e for e in entries if e["action"] == "access:personal-data:read"]
    assert [each["id"] for each in read["concerns"]] == [case.id]
