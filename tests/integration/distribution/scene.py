"""A round in a village, on the real stores: people, a roster, packages at a post, photos."""

import gzip
import hashlib
import io
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast

import pytest
from PIL import Image
from starlette.applications import Starlette

from amanah.contracts.actor import SYSTEM, Actor
from amanah.contracts.assignments import AssignOfficer
from amanah.contracts.buckets import EVIDENCE, ORIGINALS, ROSTERS, UPLOADS
from amanah.contracts.custody.packages import CreatePackages, CreatePlaces, NewPackage, NewPlace
from amanah.contracts.envelope import Envelope
from amanah.contracts.errors import Refused
from amanah.contracts.evidence import CreateEvidenceUpload
from amanah.contracts.handovers.handovers import ReceivedBy, RecordHandover
from amanah.contracts.ids import new_id
from amanah.contracts.message import A, Item, Location, Page, Request
from amanah.contracts.partner_events import CaptureEvents, CaptureJob
from amanah.contracts.rosters import RosterApproved
from amanah.contracts.rounds import CreateProgram, CreateRound, ProgramItem, RoundView
from amanah.contracts.topics import AUDIT_ENTRIES
from amanah.contracts.uploads import UploadPurpose
from amanah.runtime.bus.consumer import Received
from amanah.runtime.identity import CallSigner
from amanah.runtime.mongo import Condition
from amanah.runtime.rpc import Client, Handlers, InProcessTransport
from amanah.runtime.service import rpc_route
from amanah.runtime.tables import D, Table
from services.distribution.alerts.documents import ALERTS
from services.distribution.api import handlers
from services.distribution.assignments.commands import assign_officer
from services.distribution.custody.commands.packages import create_packages, create_places
from services.distribution.custody.documents import PACKAGES
from services.distribution.evidence.commands import create_evidence_upload
from services.distribution.evidence.documents import PHOTO_HASHES, PHOTO_USES
from services.distribution.evidence.photos import Photos
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.partner_events.commands.capture import capture_events
from services.distribution.reactions import keep_approved_roster
from services.distribution.rounds.commands.programs import create_program
from services.distribution.rounds.commands.rounds import create_round
from services.distribution.rounds.documents import ENTITLEMENTS
from services.distribution.store import Store

VILLAGE = "32.01.05.2001"


SIBLING = "32.01.05.2002"


HOME = Location(latitude_e6=-6_600_000, longitude_e6=106_800_000)


RICE = "BERAS-10KG"


def picture(shade: int = 0) -> bytes:
    """A photo; another `shade` is another photo, also to a perceptual print."""
    out = io.BytesIO()
    scene = Image.frombytes("RGB", (9, 8), Random(shade).randbytes(9 * 8 * 3))
    scene.resize((320, 240), Image.Resampling.BICUBIC).save(out, "JPEG", comment=uuid.uuid4().bytes)
    return out.getvalue()


def decimals(*values: int) -> tuple[Decimal, ...]:
    """Quantities, for comparison with those of a view."""
    return tuple(map(Decimal, values))


def nik(number: int) -> str:
    """The identity number of the recipient at `number`."""
    return f"3201050101{number + 1:06}"


def card(number: int) -> str:
    """The family card of the recipient at `number`: the first two of the first village share theirs."""
    return f"3201059901{0 if number in (0, 2) else number:06}"


@dataclass
class Scene:
    """Deeds that tests put together; each goes through the same commands as the gateway's."""

    store: Store
    photos: Photos
    person: Callable[..., Actor]
    opened: RoundView | None = None
    recipients: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.handlers: Handlers = handlers(photos=self.photos)
        self.supervisor = self.person("Ratna", SUPERVISOR="32.01")
        self.officer = self.person("Sari", OFFICER="32.01.05")
        self.other_officer = self.person("Budi", OFFICER="32.01.05")
        self.partner = self.person("PT Angkut", LOGISTICS="32")
        self.other_partner = self.person("CV Lain", LOGISTICS="32")

    @property
    def round(self) -> RoundView:
        """The round, once it is open."""
        assert self.opened
        return self.opened

    @round.setter
    def round(self, opened: RoundView) -> None:
        self.opened = opened

    async def one(self, table: Table[D], condition: Condition | None = None) -> D:
        """The first document that fits; there must be one."""
        found = await self.store[table].get(condition or {})
        assert found is not None
        return found

    async def approve_roster(self, program_id: str, size: int, **changes: Any) -> RosterApproved:
        """A roster of `size` recipients, half in each of two villages, arrives as approved."""
        self.recipients = sorted(new_id("rcp") for _ in range(size))
        blind = self.store.keys.blind
        lines = [
            {
                "area": VILLAGE if n % 2 == 0 else SIBLING, "household": blind(card(n), "kk"), "nik": blind(nik(n), "nik"), "recipientId": recipient, "version": 1,
                "latitude_e6": HOME.latitude_e6, "longitude_e6": HOME.longitude_e6,
            }
            for n, recipient in enumerate(self.recipients)
        ]  # fmt: skip
        content = b"".join(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n" for line in lines)
        key = f"test/{uuid.uuid4().hex}.jsonl.gz"
        await self.store.objects.put(ROSTERS, key, gzip.compress(content), "application/gzip")
        fields: dict[str, Any] = {
            "roster_id": new_id("ros"), "program_id": program_id, "period": "2026-11", "area": "32.01.05", "size": size,
            "hash": hashlib.sha256(content).hexdigest(), "decree": "SK 1/2026", "bucket": ROSTERS, "object_key": key,
            "villages": (),
        }  # fmt: skip
        event = RosterApproved(**fields | changes)
        envelope = Envelope(
            id=new_id("evt"), source="/amanah/recipients", type=event.type, subject=event.roster_id, time=datetime.now(UTC),
            actor_id=SYSTEM.id, actor_role=SYSTEM.role, actor_area=SYSTEM.area,
        )  # fmt: skip
        received = Received(event, envelope, event.topic, 0, 0)
        await self.store.db.transaction(lambda tx: keep_approved_roster(self.store, tx, received))
        return event

    async def program(self, code: str = "BPNT") -> str:
        """A program that gives ten kilograms of rice."""
        item = ProgramItem(sku=RICE, name="Beras", unit="kg", quantity_per_recipient=Decimal(10))
        ask = CreateProgram(code=code, name="Bantuan pangan", items=(item,))
        return (await create_program(self.store, self.supervisor, ask)).id

    async def open(self, size: int = 4) -> RoundView:
        """A round of `size` recipients, today; the officers are assigned to its district."""
        program = await self.program()
        roster = await self.approve_roster(program, size)
        self.opened = await create_round(self.store, self.supervisor, self.round_ask(program, roster.roster_id))
        for officer in (self.officer, self.other_officer):
            await self.assign(officer)
        return self.round

    def round_ask(self, program: str, roster: str) -> CreateRound:
        """Asks for a round from yesterday to tomorrow, which is today in every time zone."""
        today = datetime.now(UTC).date()
        day = timedelta(days=1)
        return CreateRound(
            program_id=program, roster_id=roster, name="Tahap 1", starts_on=today - day, ends_on=today + day
        )

    async def assign(self, officer: Actor, area: str = "32.01.05", shift: int = 0) -> None:
        """Assigns for the days of the round, or `shift` days later."""
        day = timedelta(days=shift)
        ask = AssignOfficer(
            round_id=self.round.id, officer_id=officer.id, area=area,
            starts_on=self.round.starts_on + day, ends_on=self.round.ends_on + day,
        )  # fmt: skip
        await assign_officer(self.store, self.supervisor, ask)

    async def package(self, code: str, quantity: int = 100, area: str = "32.01.05") -> str:
        """A package of rice of the partner, and the places it may be at."""
        places = tuple(
            NewPlace(code=place, name=place, kind=kind, area="32.01.05", location=HOME)
            for place, kind in (("GUDANG", "WAREHOUSE"), ("POS", "POST"), ("BALAI", "DELIVERY_POINT"))
        )
        await create_places(self.store, self.supervisor, CreatePlaces(places=places))
        made = NewPackage(
            code=code, area=area, partner=self.partner.name, contents=(Item(sku=RICE, quantity=Decimal(quantity)),)
        )
        await create_packages(self.store, self.supervisor, CreatePackages(round_id=self.round.id, packages=(made,)))
        return code

    async def arrived(self, code: str, quantity: int = 100, area: str = "32.01.05", at: str = "POS") -> str:
        """A package that has arrived."""
        await self.package(code, quantity, area)
        job = await self.capture(moved(code, "receiving", at, minutes_ago=60))
        assert job.success, job
        return code

    async def capture(self, *events: Any, by: Actor | None = None, rollback: bool = False) -> CaptureJob:
        """The partner sends events."""
        ask = CaptureEvents(document=self.document(*events), rollback=rollback)
        return await capture_events(self.store, by or self.partner, ask)

    def document(self, *events: Any) -> str:
        """An EPCIS document with these events."""
        return json.dumps(
            {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
                "schemaVersion": "2.0", "creationDate": datetime.now(UTC).isoformat(),
                "epcisBody": {"eventList": list(events)},
            }
        )  # fmt: skip

    async def upload(
        self, content: bytes, purpose: UploadPurpose = UploadPurpose.EVIDENCE_PHOTO, by: Actor | None = None, *,
        put: bytes | None = None,
    ) -> str:  # fmt: skip
        """Declares `content` and puts it, or other bytes, into the store."""
        ask = CreateEvidenceUpload(
            purpose=purpose, filename="a.jpg", content_type="image/jpeg", size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        made = await create_evidence_upload(self.store, by or self.officer, ask)
        await self.store.objects.put(UPLOADS, made.id, content if put is None else put, "image/jpeg")
        return made.id

    async def handover(self, recipient: int = 0, by: Actor | None = None, **changes: Any) -> RecordHandover:
        """A good handover from package P-1, with fresh evidence unless it is given."""
        officer = by or self.officer
        entitlement = await self.one(ENTITLEMENTS, {"recipient": self.recipients[recipient]})
        if "photo_id" not in changes:
            changes["photo_id"] = await self.upload(picture(recipient), by=officer)
        if "signature_id" not in changes:
            changes["signature_id"] = await self.upload(picture(999), UploadPurpose.SIGNATURE, officer)
        fields: dict[str, Any] = {
            "client_id": str(uuid.uuid4()), "entitlement_id": entitlement["_id"], "package_code": "P-1",
            "items": (Item(sku=RICE, quantity=Decimal(10)),), "received_by": ReceivedBy(kind="RECIPIENT"),
            "occurred_at": datetime.now(UTC), "location": HOME,
        }  # fmt: skip
        return RecordHandover(**fields | changes)

    async def kept(self) -> dict[str, Any]:
        """Everything that a handover changes, to see that a refused one changes nothing."""
        store = self.store
        return {
            "handovers": await store[HANDOVERS].count({}),
            "delivered": await store[ENTITLEMENTS].count({"status": {"$ne": "PENDING"}}),
            "left": [p["contents"] for p in await store[PACKAGES].list({}, sort=[("code", 1)])],
            "used": await store.db["uploads"].count({"usedBy": {"$ne": None}}),
            "photos": await store[PHOTO_USES].count({}),
            "alerts": await store[ALERTS].count({}),
            "prints": await store[PHOTO_HASHES].count({}),
            "evidence": len(await store.objects.list(EVIDENCE)),
            "originals": len(await store.objects.list(ORIGINALS)),
        }

    async def refused(self, ask: RecordHandover, by: Actor | None = None) -> Refused:
        """The refusal of a handover; it has changed nothing, and the audit log knows of it."""
        before = await self.kept()
        with pytest.raises(Refused) as caught:
            await self.call(ask, by or self.officer)
        assert await self.kept() == before
        entry = (await self.published(AUDIT_ENTRIES.name))[-1]
        told = (entry["action"], entry["outcome"], entry["reason"])
        assert told == ("access:request:refuse", "refused", caught.value.code)
        entitlement = await self.store[ENTITLEMENTS].get({"_id": ask.entitlement_id})
        if entitlement:
            assert {"type": "Recipient", "id": entitlement["recipient"]} in entry["concerns"]
        return caught.value

    async def answer(self, by: Actor, ask: Request[A]) -> A:
        """The answer of the handler of `ask`, called directly."""
        # The table of handlers is of every kind; `call` holds each answer against its type.
        return cast(A, await self.handlers[type(ask)](self.store, by, ask))

    async def list_ids(self, by: Actor, ask: Page[Any]) -> list[str]:
        """The ids in a list, read in pages of one, which must agree with its total."""
        ids: list[str] = []
        after, more = None, True
        while more:
            page = await self.answer(by, ask.model_copy(update={"first": 1, "after": after}))
            ids += [node.id for node in page.nodes]
            more, after = page.more, page.cursors[-1] if page.cursors else None
        assert page.total == len(ids) == len(set(ids))
        return ids

    async def call(self, ask: Request[A], by: Actor) -> A:
        """The answer to a call that comes through the service's door."""
        signer = CallSigner("s" * 32)
        door = Starlette(routes=[rpc_route("distribution", self.handlers, self.store, signer, self.store.outbox.trail)])
        return await Client({"distribution": InProcessTransport(door)}, signer).call(ask, by)

    async def published(self, topic: str) -> list[Any]:
        """Values that wait in the outbox for a topic, decoded."""
        found = await self.store.outbox.pending(10_000)
        return [json.loads(bytes(d["value"])) for d in found if d["topic"] == topic]


def moved(
    code: str, step: str, place: str | None = None, *, minutes_ago: int = 30, count: int | None = None, **more: Any
) -> Any:
    """A partner's ObjectEvent about a package."""
    event: dict[str, Any] = {
        "type": "ObjectEvent", "eventTime": (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat(),
        "eventTimeZoneOffset": "+07:00", "action": "OBSERVE", "bizStep": step,
        "epcList": [f"urn:amanah:package:{code}"],
    }  # fmt: skip
    if place is not None:
        event["readPoint"] = {"id": f"urn:amanah:place:{place}"}
    if count is not None:
        event["quantityList"] = [{"epcClass": f"urn:amanah:item:{RICE}", "quantity": count}]
    return event | more
