"""The histories of packages as they are read: which packages belong together, and their steps as the rules take them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from amanah.runtime.mongo import Tx
from amanah.runtime.tables import Document
from services.distribution.custody.documents import CUSTODY_STEPS, PACKAGES
from services.distribution.custody.rules import HANDOVER, InitialPackage, Step, derive_related
from services.distribution.handovers.documents import HANDOVERS
from services.distribution.store import Store

_REVERSED = "REVERSED"
_NOW = "now"


@dataclass(frozen=True)
class RelatedPackages:
    """Packages whose state is to be read, by id, and those that they were ever in or came of."""

    targets: Mapping[str, Document]
    around: Mapping[str, Document]

    @property
    def made(self) -> dict[str, InitialPackage]:
        """All of them as they were made."""
        return {p: _made(d) for p, d in {**self.around, **self.targets}.items()}


async def find_related_packages(store: Store, tx: Tx | None, ids: Collection[str]) -> RelatedPackages:
    """The packages, with all that was ever inside them or came of them; and all that these were ever in or came of."""
    targets = {p["_id"]: p for p in await store[PACKAGES].list({"_id": {"$in": sorted(ids)}}, tx=tx)}
    layer = [p for p, document in targets.items() if document.get("kin")]
    while layer:
        # Two questions, each with its index.
        inside = await store[PACKAGES].list({"parents": {"$in": layer}}, tx=tx)
        pieces = await store[PACKAGES].list({"splitFrom": {"$in": layer}}, tx=tx)
        found = {p["_id"]: p for p in (*inside, *pieces)}
        layer = [p for p, document in found.items() if p not in targets and document.get("kin")]
        targets |= found
    around: dict[str, Document] = {}
    wanted = _outer(targets.values())
    while missing := wanted - targets.keys() - around.keys():
        found = {p["_id"]: p for p in await store[PACKAGES].list({"_id": {"$in": sorted(missing)}}, tx=tx)}
        around |= found
        wanted = _outer(found.values())
    return RelatedPackages(targets, around)


def _outer(packages: Iterable[Document]) -> set[str]:
    return {p for d in packages for p in (*d.get("parents", ()), d.get("splitFrom")) if p}


def _made(package: Document) -> InitialPackage:
    expected = {c["sku"]: c["expected"] for c in package["contents"] if c["expected"]}
    return InitialPackage(expected, parent=package.get("madeIn"), piece=bool(package.get("splitFrom")))


async def history_of(store: Store, tx: Tx | None, kin: RelatedPackages) -> tuple[list[Document], list[Step]]:
    """The steps of packages and of what is around them: as they are kept, and as the rules read them with handovers."""
    ids = sorted({*kin.targets, *kin.around})
    documents = await store[CUSTODY_STEPS].list({"package": {"$in": ids}}, tx=tx)
    handed = {p["code"]: p["_id"] for p in kin.targets.values() if any(c["handed"] for c in p["contents"])}
    handovers = (
        await store[HANDOVERS].list({"package": {"$in": sorted(handed)}, "status": {"$ne": _REVERSED}}, tx=tx)
        if handed
        else []
    )
    return documents, [*map(_step, documents), *(handover_step(h, handed[h["package"]]) for h in handovers)]


def handover_step(handover: Document, package_id: str) -> Step:
    """An officer's handover as a step of its package."""
    return Step(
        key=handover["_id"], event=handover["_id"], at=handover["occurredAt"], step=HANDOVER, package=package_id,
        counted={i["sku"]: i["quantity"] for i in handover["items"]}, ours=True,
    )  # fmt: skip


def _step(document: Document) -> Step:
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


def is_late(package: Document, at: datetime) -> bool:
    """Whether the package moved or was counted since: then what happens at `at` must be put in its place."""
    moved = package.get("movedAt")
    return moved is not None and at <= moved


async def package_at(store: Store, package: Document, at: datetime) -> Document:
    """The package with the status, place and contents that its history gives it at a moment."""
    if not is_late(package, at):
        return package
    kin = await find_related_packages(store, None, [package["_id"]])
    _, steps = await history_of(store, None, kin)
    look = Step(key=_NOW, event=_NOW, at=at, step=HANDOVER, package=package["_id"], ours=True)
    then = derive_related(kin.made, [*steps, look])[package["_id"]].seen.get(_NOW)
    if then is None:
        return package
    contents = [c | {"left": then.held.get(c["sku"], 0)} for c in package["contents"]]
    return package | {"status": then.status.value, "place": then.place, "contents": contents}


async def related_codes(store: Store, packages: Iterable[Document], *, tx: Tx | None = None) -> Mapping[str, str]:
    """The codes, by id, of what the packages are in and came of."""
    ids = sorted({p for d in packages for p in (d.get("parent"), d.get("splitFrom")) if p})
    if not ids:
        return {}
    found = await store[PACKAGES].list({"_id": {"$in": ids}}, projection={"code": 1}, tx=tx)
    return {p["_id"]: p["code"] for p in found}
