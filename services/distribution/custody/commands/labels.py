"""Codes for packages that do not exist yet, and printable labels for those that do."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amanah.contracts.actor import Acting, Actor, Role
from amanah.contracts.area_table import area_table
from amanah.contracts.areas import contains
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject, related_subjects
from amanah.contracts.buckets import LABELS
from amanah.contracts.custody.events import PackageCodesIssued
from amanah.contracts.custody.labels import CodeScheme, IssuePackageCodes, LabelSheets, MakePackageLabels, PackageCodes
from amanah.contracts.errors import Refused
from amanah.runtime.mongo import Condition, Tx
from amanah.runtime.rpc import answers
from services.distribution.custody.documents import CODE_NUMBERS, PACKAGES, PackageDocument, of_packages, owned_by
from services.distribution.custody.label_sheets import Label, Sheets, render
from services.distribution.custody.rules.labels import capacity, check_prefix, own_code, sscc
from services.distribution.partners.lookup import find_partner, owner_ids, require_active
from services.distribution.rounds.documents import PROGRAMS, RoundDocument
from services.distribution.rounds.lookup import find_round
from services.distribution.rounds.rules.quantities import quantity_text
from services.distribution.store import Store

# Goods beyond these are counted on the label, not listed.
_LINES = 5


@answers
async def issue_package_codes(store: Store, actor: Actor, ask: IssuePackageCodes) -> PackageCodes:
    """Issues codes, each once; codes that a package has already are skipped."""
    _, by = await _round(store, actor, ask)
    prefix = None if ask.scheme is CodeScheme.OWN else check_prefix(ask.company_prefix)

    async def work(tx: Tx) -> tuple[str, ...]:
        codes: list[str] = []
        # A person may have given a package such a code by hand.
        while missing := ask.count - len(codes):
            fresh = await _next(store, tx, prefix, missing)
            used = await store[PACKAGES].list({"code": {"$in": fresh}}, projection={"code": 1}, tx=tx)
            codes += sorted(set(fresh) - {p["code"] for p in used}, key=fresh.index)
        await store.outbox.record(
            tx,
            by,
            action=AuditAction.PACKAGE_CODES_ISSUE,
            subject=Subject(type="Round", id=ask.round_id),
            concerns=related_subjects(packages=codes),
            authority=ask.round_id,
            event=PackageCodesIssued(
                round_id=ask.round_id, scheme=ask.scheme, count=ask.count, first=codes[0], last=codes[-1]
            ),
        )
        return tuple(codes)

    return PackageCodes(codes=await store.db.transaction(work))


async def _next(store: Store, tx: Tx, prefix: str | None, count: int) -> list[str]:
    """The next codes of a prefix, or of ours; no number is issued twice."""
    counted = await store[CODE_NUMBERS].change(
        {"_id": prefix or CodeScheme.OWN}, {"$inc": {"next": count}}, upsert=True, returning="after", tx=tx
    )
    end = counted["next"] if counted else count
    if end > capacity(prefix):
        raise Refused("codes_exhausted", "companyPrefix")
    return [own_code(n) if prefix is None else sscc(prefix, n) for n in range(end - count, end)]


@answers
async def make_package_labels(store: Store, actor: Actor, ask: MakePackageLabels) -> LabelSheets:
    """Typesets labels as PDF and returns a link to it. The same labels are the same file, byte for byte."""
    round_found, by = await _round(store, actor, ask)
    program = await store[PROGRAMS].get({"_id": round_found["program"]})
    packages = await _packages(store, actor, ask)
    sheets = Sheets(
        program=program["name"] if program else "",
        round=round_found["name"],
        labels=tuple(_label(p, round_found) for p in packages),
    )
    pdf = await render(sheets)
    digest = hashlib.sha256(pdf).hexdigest()
    key = f"{digest}.pdf"
    await store.objects.put(LABELS, key, pdf, "application/pdf")
    await store.outbox.record_entry(
        by,
        action=AuditAction.PACKAGE_LABELS_PRINT,
        subject=Subject(type="Round", id=ask.round_id),
        concerns=of_packages(packages),
        authority=ask.round_id,
        after=f"sha256:{digest}",
    )
    open_for = timedelta(minutes=store.settings.link_minutes)
    return LabelSheets(
        url=await store.objects.presign_get(LABELS, key, open_for, filename=f"label-{digest[:12]}.pdf"),
        sha256=digest,
        expires_at=datetime.now(UTC) + open_for,
        count=len(packages),
    )


async def _round(
    store: Store, actor: Actor, ask: IssuePackageCodes | MakePackageLabels
) -> tuple[RoundDocument, Acting]:
    """The round, and the role in which the actor works in it. Raises Forbidden for a partner that is suspended."""
    if actor.has({Role.LOGISTICS}):
        require_active(await find_partner(store, actor))
    found = await find_round(store, actor.scope(ask.roles), ask.round_id)
    grants = [g for g in actor.grants if g.role in ask.roles]
    grant = next(g for g in grants if contains(g.area, found["area"]) or contains(found["area"], g.area))
    return found, Acting(id=actor.id, name=actor.name, role=grant.role, area=grant.area)


async def _packages(store: Store, actor: Actor, ask: MakePackageLabels) -> Sequence[PackageDocument]:
    """The packages in the order of the request, those that the actor may see."""
    mine: list[Condition] = []
    people = ask.roles - {Role.LOGISTICS}
    if actor.has(people):
        mine.append(actor.scope(people).touching("area"))
    if actor.has({Role.LOGISTICS}):
        mine.append(owned_by(await owner_ids(store, actor)))
    condition = {"$and": [{"code": {"$in": list(ask.codes)}, "round": ask.round_id}, {"$or": mine}]}
    found = {p["code"]: p for p in await store[PACKAGES].list(condition)}
    for number, code in enumerate(ask.codes):
        if code not in found:
            raise Refused("package_unknown.code", f"codes.{number}", code=code)
    return [found[code] for code in ask.codes]


def _label(package: PackageDocument, round_found: RoundDocument) -> Label:
    goods = {i["sku"]: i for i in round_found["items"]}
    lines = []
    for content in package["contents"]:
        good = goods.get(content["sku"])
        name = f"{good['unit']} {good['name']}" if good else content["sku"]
        lines.append(f"{quantity_text(content['expected'])} {name}")
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"dan {len(lines) - _LINES + 1} barang lain"]
    note = "Untuk satu penerima" if package["entitlement"] else ""
    return Label(code=package["code"], area=area_table().path(package["area"]), contents=tuple(lines), note=note)
