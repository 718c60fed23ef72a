"""Application of bank results to payments and entitlements, with the counts by village, the event and the audit entry."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from amanah.contracts.actor import Acting
from amanah.contracts.audit.actions import AuditAction
from amanah.contracts.audit.entry import related_subjects
from amanah.contracts.payments.events import PaymentSettled, VillageSettled
from amanah.contracts.payments.payments import PaymentStatus
from amanah.contracts.rounds import EntitlementStatus
from amanah.runtime.jobs import Job
from amanah.runtime.mongo import Condition, Operation, Tx, Update
from amanah.runtime.tables import Document
from services.distribution.payments.commands.batches import subject
from services.distribution.payments.commands.confirm import confirm_payment
from services.distribution.payments.documents import (
    PAYMENT_BATCHES,
    BankReportDocument,
    PaymentBatchDocument,
    ProblemDocument,
)
from services.distribution.payments.rules.bank_reports import FileResult, PaymentResult
from services.distribution.payments.rules.instructions import entitlement_of, file_number
from services.distribution.payments.rules.payments import CurrentPayment, status_after
from services.distribution.rounds.documents import (
    ENTITLEMENTS,
    PROGRAMS,
    ROUNDS,
    EntitlementDocument,
    ProgramDocument,
    batch_of,
)
from services.distribution.store import Store

_MOST_PROBLEMS = 200
_AT_A_TIME = 200
BANK = "bank"


class Outcomes:
    """Applies lines of a report, in one transaction with the position reached."""

    def __init__(self, store: Store, batch: PaymentBatchDocument, job: Job[BankReportDocument], by: Acting) -> None:
        self.store = store
        self.batch = batch
        self.job = job
        self.by = by

    async def apply(self, lines: Sequence[PaymentResult | FileResult]) -> None:
        """Applies the next lines. Raises LeaseLost when another instance did."""
        program = await self._program()
        by_payment = program is not None and bool(program.get("paidIsDelivered"))
        for line in lines:
            if isinstance(line, FileResult):
                await self._all(line, by_payment=by_payment)
        single = [line for line in lines if isinstance(line, PaymentResult)]
        await self.store.db.transaction(partial(self._each, results=single, lines=len(lines), by_payment=by_payment))

    async def _program(self) -> ProgramDocument | None:
        round_found = await self.store[ROUNDS].get({"_id": self.batch["round"]})
        return round_found and await self.store[PROGRAMS].get({"_id": round_found["program"]})

    async def _all(self, line: FileResult, *, by_payment: bool) -> None:
        """Settles every open payment of the file, a thousand a transaction. Idempotent."""
        open_ones = {**self._in_file(line.message), "payment.status": PaymentStatus.INCLUDED}
        while found := await self.store[ENTITLEMENTS].list(open_ones, projection={"_id": 1}, limit=1000):
            results = [PaymentResult(e["_id"], line.outcome, line.reason) for e in found]
            await self.store.db.transaction(partial(self._each, results=results, lines=0, by_payment=by_payment))

    def _in_file(self, message: str) -> Condition:
        number = file_number(self.batch["_id"], message) or 0
        included: Condition = {"payment.batch": self.batch["_id"]}
        if number == 0:
            return included
        files = {f["number"]: f for f in self.batch["files"]}
        if number not in files:
            return {**included, "recipient": ""}
        before = files[number - 1]["last"] if number > 1 else ""
        return {**included, "recipient": {"$gt": before, "$lte": files[number]["last"]}}

    async def _each(self, tx: Tx, *, results: Sequence[PaymentResult], lines: int, by_payment: bool) -> None:
        report = self.job.document
        ids = [entitlement_of(result.entitlement) for result in results]
        found = await self._found(tx, ids)
        changes = _Changes(by_payment=by_payment)
        for line, entitlement_id in zip(results, ids, strict=True):
            changes.add(line, entitlement_id, found.get(entitlement_id))
        await self.store[ENTITLEMENTS].bulk(changes.operations, ordered=True, tx=tx)
        for entitlement in changes.confirmed:
            await confirm_payment(self.store, tx, self.by, entitlement, "SMS", entitlement["early"])
        counts = {name: n for name, n in changes.counts.items() if n}
        room = max(0, _MOST_PROBLEMS - len(report["problems"]))
        change: Document = {
            "$set": {"takenTo": report["takenTo"] + lines},
            "$push": {"problems": {"$each": changes.problems[:room]}},
        }
        here = {"status": "RUNNING", "takenTo": report["takenTo"]}
        await self.job.move(here, change | ({"$inc": counts} if counts else {}), tx=tx)
        await self._record(tx, changes)

    async def _found(self, tx: Tx, ids: Sequence[str]) -> dict[str, EntitlementDocument]:
        """Returns the entitlements of the batch by id, read a few at a time: a long list takes quadratic time."""
        found: dict[str, EntitlementDocument] = {}
        for start in range(0, len(ids), _AT_A_TIME):
            listed = await self.store[ENTITLEMENTS].list({"_id": {"$in": ids[start : start + _AT_A_TIME]}}, tx=tx)
            found |= {e["_id"]: e for e in listed if batch_of(e) == self.batch["_id"]}
        return found

    async def _record(self, tx: Tx, changes: "_Changes") -> None:
        if not changes.villages:
            return
        villages = tuple(VillageSettled(area=area, **counts) for area, counts in sorted(changes.villages.items()))
        sums = {
            "paid": sum(v.paid - v.returned for v in villages),
            "paidTotal": sum(v.paid_total - v.returned_total for v in villages),
            "rejected": sum(v.rejected + v.returned for v in villages),
        }
        await self.store[PAYMENT_BATCHES].update({"_id": self.batch["_id"]}, {"$inc": sums}, tx=tx)
        await self.store.outbox.record(
            tx,
            self.by,
            action=AuditAction.PAYMENT_SETTLE,
            subject=subject(self.batch),
            concerns=related_subjects(*changes.recipients),
            area=self.batch["area"],
            authority=self.job.id,
            event=PaymentSettled(
                batch_id=self.batch["_id"], round_id=self.batch["round"], area=self.batch["area"],
                at=datetime.now(UTC), villages=villages,
            ),
            after=self.store.seal(self.batch["_id"], {"settled": changes.seals}),
        )  # fmt: skip


class _Changes:
    """Changes that lines amount to, one after the other."""

    def __init__(self, *, by_payment: bool) -> None:
        self.by_payment = by_payment
        self.operations: list[Operation] = []
        self.problems: list[ProblemDocument] = []
        self.confirmed: list[EntitlementDocument] = []
        self.counts: Counter[str] = Counter()
        self.villages: dict[str, Counter[str]] = defaultdict(Counter)
        self.seals: dict[str, str] = {}
        self.recipients: list[str] = []

    def add(self, line: PaymentResult, entitlement_id: str, entitlement: EntitlementDocument | None) -> None:
        """Adds the change of one line."""
        if entitlement is None:
            self._refuse("payment_unknown", line.entitlement)
            return
        payment = entitlement["payment"]
        now = CurrentPayment(PaymentStatus(payment["status"]), payment["amount"], payment["confirmedAt"] is not None)
        then = status_after(now, line.outcome, line.amount)
        if then is None:
            self.counts["unchanged"] += 1
        elif isinstance(then, PaymentStatus):
            self._settle(entitlement, then, line.reason)
        else:
            self._refuse(then, entitlement_id)

    def _refuse(self, code: str, entitlement: str) -> None:
        self.counts["refused"] += 1
        # A report may contain any text; only an id of our form is repeated.
        shown = entitlement if entitlement_of(entitlement).startswith("ent_") and len(entitlement) <= 35 else "?"
        self.problems.append({"entitlement": shown, "code": code})

    def _settle(self, entitlement: EntitlementDocument, then: PaymentStatus, reason: str | None) -> None:
        payment, area = entitlement["payment"], entitlement["area"]
        came_back = payment["status"] == PaymentStatus.PAID
        name = "returned" if came_back else str(then).lower()
        self.counts[name] += 1
        self.villages[area].update({name: 1, f"{name}_total": payment["amount"]})
        change: Document = {
            "payment.status": then.value,
            "payment.at": datetime.now(UTC),
            "payment.reason": reason if then is PaymentStatus.REJECTED else None,
            "payment.watched": then is PaymentStatus.PAID and not self.by_payment,
        }
        removed: Document = {}
        if then is PaymentStatus.PAID and self.by_payment and entitlement["status"] == EntitlementStatus.PENDING:
            change |= {"status": EntitlementStatus.DELIVERED, "deliveredAt": change["payment.at"], "deliveredBy": BANK}
            self.villages[area]["delivered"] += 1
        elif came_back and entitlement.get("deliveredBy") == BANK and not entitlement.get("handover"):
            change["status"] = EntitlementStatus.PENDING
            removed = {"deliveredAt": "", "deliveredBy": ""}
            self.villages[area]["undelivered"] += 1
        here = {"_id": entitlement["_id"], "payment.status": payment["status"]}
        self.operations.append(Update(here, {"$set": change} | ({"$unset": removed} if removed else {})))
        # A line that comes again in the same report finds what the first one made.
        entitlement["payment"] = payment | {"status": then}
        entitlement["status"] = change.get("status", entitlement["status"])
        self.seals[entitlement["_id"]] = then.value
        self.recipients.append(entitlement["recipient"])
        if then is PaymentStatus.PAID and entitlement.get("early"):
            self.confirmed.append(entitlement)
