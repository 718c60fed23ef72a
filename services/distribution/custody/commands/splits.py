"""Splits of packages into pieces, which are packages themselves; the sum of goods is conserved."""

import hashlib
from collections.abc import Mapping, Sequence

from amanah.contracts.actor import Acting, Actor
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import Subject
from amanah.contracts.custody.custody import SplitPackage
from amanah.contracts.custody.events import PackageSplit, PieceMade
from amanah.contracts.custody.packages import PackagesAnswer
from amanah.contracts.errors import Conflict, Refused
from amanah.contracts.ids import derived_id
from amanah.runtime.mongo import Tx
from amanah.runtime.rpc import answers
from services.distribution.custody import views
from services.distribution.custody.commands.packages import Carrier, each_once, new_package, recipients_of
from services.distribution.custody.commands.recompute import PackageChange, recompute
from services.distribution.custody.commands.staff_steps import (
    check_moment,
    package_to_change,
    refuse_if_short,
    staff_step,
)
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGES,
    PLACES,
    CustodyStepDocument,
    PackageDocument,
    StoredQuantity,
    of_packages,
)
from services.distribution.custody.histories import related_codes
from services.distribution.custody.rules import SPLIT
from services.distribution.custody.rules.labels import check_code
from services.distribution.rounds.rules.quantities import amounts, items
from services.distribution.store import Store


@answers
async def split_package(store: Store, actor: Actor, ask: SplitPackage) -> PackagesAnswer:
    """Splits goods off a package into new packages. The same pieces of the same package are the same split."""
    package, by = await package_to_change(store, actor, ask.package_code, ask.roles)
    check_moment(ask.occurred_at)
    each_once([p.code for p in ask.pieces], "piece")
    for number, piece in enumerate(ask.pieces):
        check_code(piece.code, f"pieces.{number}.code")
    of = await recipients_of(
        store, package["round"], [(p.entitlement_id, package["area"]) for p in ask.pieces], "pieces"
    )
    pieces: list[PackageDocument] = [
        {
            **new_package(
                package["round"],
                package["area"],
                Carrier(package["partner"], package.get("partnerName")),
                p.code,
                p.contents,
                entitlement=p.entitlement_id,
                recipient=of.get(p.entitlement_id),
            ),
            "splitFrom": package["_id"],
            "ledger": [],
            "parents": package["parents"],
        }
        for p in ask.pieces
    ]
    said = "\x1f".join(f"{p.code}={sorted(amounts(p.contents).items())}" for p in ask.pieces)
    split_id = derived_id("spl", package["_id"], hashlib.sha256(said.encode()).hexdigest())

    async def work(tx: Tx) -> None:
        if await store[CUSTODY_STEPS].get({"_id": split_id}, tx=tx) is None:
            await _split(store, tx, actor, by, ask, package, pieces, split_id)

    await store.db.transaction(work)
    return await _answer(store, [package["code"], *(p.code for p in ask.pieces)])


async def _split(
    store: Store, tx: Tx, actor: Actor, by: Acting, ask: SplitPackage, package: PackageDocument, pieces: Sequence[PackageDocument],
    split_id: str,
) -> None:  # fmt: skip
    taken = await store[PACKAGES].list({"code": {"$in": [p["code"] for p in pieces]}}, projection={"code": 1}, tx=tx)
    if taken:
        codes = [p["code"] for p in pieces]
        number = min(codes.index(t["code"]) for t in taken)
        raise Refused("code_taken.package", f"pieces.{number}.code", code=codes[number])
    await store[PACKAGES].insert_many(pieces, tx=tx)
    if not await store[PACKAGES].update({"_id": package["_id"]}, {"$set": {"kin": True}}, tx=tx):
        raise Conflict("conflict.package_gone")
    whole: dict[str, int] = {}
    for piece in pieces:
        for content in piece["contents"]:
            whole[content["sku"]] = whole.get(content["sku"], 0) + content["expected"]
    step: CustodyStepDocument = {
        **staff_step(actor, package, split_id, SPLIT, ask.occurred_at),
        "counted": [{"sku": sku, "quantity": quantity} for sku, quantity in whole.items()],
        "pieces": [{"package": p["_id"], "items": _items(p)} for p in pieces],
        "note": store.keys.encrypt(ask.note, f"split:{split_id}") if ask.note else "",
    }
    await store[CUSTODY_STEPS].insert(step, tx=tx)
    changes = await recompute(store, tx, {package["_id"]: ask.occurred_at})
    refuse_if_short(changes[package["_id"]], whole, "pieces")
    await _announce(store, tx, by, changes, package["_id"], pieces, ask)


def _items(piece: PackageDocument) -> list[StoredQuantity]:
    return [{"sku": c["sku"], "quantity": c["expected"]} for c in piece["contents"]]


async def _announce(
    store: Store, tx: Tx, by: Acting, changes: Mapping[str, PackageChange], package_id: str, pieces: Sequence[PackageDocument],
    ask: SplitPackage,
) -> None:  # fmt: skip
    package = changes[package_id].package
    made = tuple(
        PieceMade(
            package_id=p["_id"], code=p["code"], items=items({c["sku"]: c["expected"] for c in p["contents"]})
        )
        for p in pieces
    )  # fmt: skip
    await store.outbox.record(
        tx,
        by,
        action=AuditAction.PACKAGE_SPLIT,
        subject=Subject(type="Package", id=package_id),
        concerns=of_packages([package, *pieces]),
        authority=package["round"],
        area=package["area"],
        event=PackageSplit(
            package_id=package_id,
            code=package["code"],
            round_id=package["round"],
            area=package["area"],
            at=ask.occurred_at,
            place=package["place"],
            pieces=made,
        ),
        after=store.seal(
            package_id,
            {"contents": package["contents"], "pieces": [{"code": p["code"], "items": _items(p)} for p in pieces]},
        ),
    )


async def _answer(store: Store, codes: Sequence[str]) -> PackagesAnswer:
    found = {p["code"]: p for p in await store[PACKAGES].list({"code": {"$in": list(codes)}})}
    places = {p["code"]: p for p in await store[PLACES].list({"code": {"$in": [d["place"] for d in found.values()]}})}
    related = await related_codes(store, found.values())
    return PackagesAnswer(
        nodes=tuple(views.package(found[c], places.get(found[c]["place"] or ""), related) for c in codes)
    )
