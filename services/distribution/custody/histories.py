"""Reading of package histories: related packages, and their steps in the form that the rules take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from amanah.runtime.mongo import Tx
from services.distribution.custody.documents import (
    CUSTODY_STEPS,
    PACKAGE_HANDOVERS,
    PACKAGES,
    CustodyStepDocument,
    PackageDocument,
    PackageHandoverDocument,
    StoredContent,
)
from services.distribution.custody.rules import HANDOVER, InitialPackage, Step, derive_related
from services.distribution.store import Store

_REVERSED = "REVERSED"
_NOW = "now"


@dataclass(frozen=True)
class RelatedPackages:
    """Packages whose state is to be read, by id, and those that they were ever in or were split from (`outer`)."""

    targets: Mapping[str, PackageDocument]
    outer: Mapping[str, PackageDocument]

    @property
    def initial(self) -> dict[str, InitialPackage]:
        """All of them as they were created."""
        return {p: _initial(d) for p, d in {**self.outer, **self.targets}.items()}


async def find_related_packages(store: Store, tx: Tx | None, ids: Iterable[str]) -> RelatedPackages:
    """The packages with all that was ever inside them or split from them, and all that these were ever in or split from."""
    targets = {p["_id"]: p for p in await store[PACKAGES].list({"_id": {"$in": sorted(ids)}}, tx=tx)}
    layer = [p for p, document in targets.items() if document.get("kin")]
    while layer:
        # Two questions, each with its index.
        inside = await store[PACKAGES].list({"parents": {"$in": layer}}, tx=tx)
        pieces = await store[PACKAGES].list({"splitFrom": {"$in": layer}}, tx=tx)
        found = {p["_id"]: p for p in (*inside, *pieces)}
        layer = [p for p, document in found.items() if p not in targets and document.get("kin")]
        targets |= found
    outer: dict[str, PackageDocument] = {}
    wanted = _outer(targets.values())
    while missing := wanted - targets.keys() - outer.keys():
        found = {p["_id"]: p for p in await store[PACKAGES].list({"_id": {"$in": sorted(missing)}}, tx=tx)}
        outer |= found
        wanted = _outer(found.values())
    return RelatedPackages(targets, outer)


def _outer(packages: Iterable[PackageDocument]) -> set[str]:
    return {p for d in packages for p in (*d.get("parents", ()), d.get("splitFrom")) if p}


def _initial(package: PackageDocument) -> InitialPackage:
    expected = {c["sku"]: c["expected"] for c in package["contents"] if c["expected"]}
    return InitialPackage(expected, parent=package.get("madeIn"), piece=bool(package.get("splitFrom")))


async def history_of(
    store: Store, tx: Tx | None, related: RelatedPackages
) -> tuple[list[CustodyStepDocument], list[Step]]:
    """The steps of related packages: as they are stored, and in the form of the rules, with handovers."""
    ids = sorted({*related.targets, *related.outer})
    documents = await store[CUSTODY_STEPS].list({"package": {"$in": ids}}, tx=tx)
    handed = {p["code"]: p["_id"] for p in related.targets.values() if any(c["handed"] for c in p["contents"])}
    handovers = (
        await store[PACKAGE_HANDOVERS].list({"package": {"$in": sorted(handed)}, "status": {"$ne": _REVERSED}}, tx=tx)
        if handed
        else []
    )
    return documents, [*map(_step, documents), *(handover_step(h, handed[h["package"]]) for h in handovers)]


def handover_step(handover: PackageHandoverDocument, package_id: str) -> Step:
    """An officer's handover as a step of its package."""
    return Step(
        key=handover["_id"], event=handover["_id"], at=handover["occurredAt"], step=HANDOVER, package=package_id,
        counted={i["sku"]: i["quantity"] for i in handover["items"]}, ours=True,
    )  # fmt: skip


def _step(document: CustodyStepDocument) -> Step:
    return Step(
        key=document["key"],
        event=document["event"],
        at=document["at"],
        step=document["step"],
        place=document["place"],
        counted={c["sku"]: c["quantity"] for c in document["counted"]},
        conditions=tuple(document["conditions"]),
        declares_error=document["declaresError"],
        ours=document.get("ours", False),
        package=document["package"],
        by=document["source"],
        destination=document.get("destination"),
        disposition=document.get("disposition", ""),
        aggregates=bool(document.get("parent") or document.get("empties")),
        action=document["action"],
        parent=document.get("parent"),
        pieces={p["package"]: {i["sku"]: i["quantity"] for i in p["items"]} for p in document.get("pieces", ())},
    )


def is_late(package: PackageDocument, at: datetime) -> bool:
    """True when the package moved or was counted since `at`: what happened then must be put in its place in the history."""
    moved = package.get("movedAt")
    return moved is not None and at <= moved


async def package_at(store: Store, package: PackageDocument, at: datetime) -> PackageDocument:
    """The package with its status, place and contents at a moment, derived from its history."""
    if not is_late(package, at):
        return package
    related = await find_related_packages(store, None, [package["_id"]])
    _, steps = await history_of(store, None, related)
    look = Step(key=_NOW, event=_NOW, at=at, step=HANDOVER, package=package["_id"], ours=True)
    then = derive_related(related.initial, [*steps, look])[package["_id"]].before_handovers.get(_NOW)
    if then is None:
        return package
    contents: list[StoredContent] = [{**c, "left": then.held.get(c["sku"], 0)} for c in package["contents"]]
    return {**package, "status": then.status.value, "place": then.place, "contents": contents}


async def related_codes(
    store: Store, packages: Iterable[PackageDocument], *, tx: Tx | None = None
) -> Mapping[str, str]:
    """The codes, by id, of the packages that these are in and were split from."""
    ids = sorted({p for d in packages for p in (d.get("parent"), d.get("splitFrom")) if p})
    if not ids:
        return {}
    found = await store[PACKAGES].list({"_id": {"$in": ids}}, projection={"code": 1}, tx=tx)
    return {p["_id"]: p["code"] for p in found}
