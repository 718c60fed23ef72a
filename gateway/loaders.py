"""Look-ups by id, batched: whatever a page refers to costs one call an owner and kind, not one a row.

Every loader answers None for what does not exist or the viewer may not see.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

from pydantic import BaseModel
from strawberry.dataloader import DataLoader

from amanah.contracts.alerts import AlertView, GetAlerts
from amanah.contracts.assignments import AssignmentView, GetAssignments, GetTallies, ListWork, Tally
from amanah.contracts.audit.proofs import Evidence, GetEvidence
from amanah.contracts.audit.search import AuditView, EntriesByIds
from amanah.contracts.cases import CaseAttachments, CaseHistory, CaseView, GetCases, ListAttachments, ListCaseEvents
from amanah.contracts.corrections import CorrectionView, GetCorrections
from amanah.contracts.custody.packages import GetPackages, GetPlaces, PackageView, PlaceView
from amanah.contracts.evidence import GetPhotoLinks, PhotoLink
from amanah.contracts.handovers.handovers import GetHandovers, HandoverView
from amanah.contracts.handovers.public import VerifiedHandover
from amanah.contracts.imports import GetImports, ImportView
from amanah.contracts.message import Request
from amanah.contracts.payments.payments import GetPaymentBatches, PaymentBatchView
from amanah.contracts.register import GetRecipients, RecipientView
from amanah.contracts.reports import GetReportLinks, GetReports, ReportLink, ReportView
from amanah.contracts.rosters import GetRosters, RosterView
from amanah.contracts.rounds import (
    EntitlementPage,
    EntitlementView,
    GetEntitlements,
    GetPrograms,
    GetRounds,
    ProgramView,
    RoundView,
)

A = TypeVar("A", bound=BaseModel)


class Asking(Protocol):
    """Asks the owners for a viewer, and knows people's names; `gateway.context.Context` does."""

    async def call(self, ask: Request[A]) -> A:
        """The owner's answer."""
        ...

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those among `ids` who are known."""
        ...


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


V = TypeVar("V", bound=_Identified)


class Work(NamedTuple):
    """The first page of an assignment's entitlements."""

    assignment_id: str
    status: str | None
    first: int


class Loaders:
    """The loaders of one request."""

    def __init__(self, viewer: Asking) -> None:
        call = viewer.call

        async def imports(ids: tuple[str, ...]) -> Iterable[ImportView]:
            return (await call(GetImports(ids=ids))).nodes

        async def people(ids: tuple[str, ...]) -> Iterable[RecipientView]:
            return (await call(GetRecipients(ids=ids))).nodes

        async def own_people(ids: tuple[str, ...]) -> Iterable[RecipientView]:
            return (await call(GetRecipients(ids=ids, own_list=True))).nodes

        async def rosters(ids: tuple[str, ...]) -> Iterable[RosterView]:
            return (await call(GetRosters(ids=ids))).nodes

        async def programs(ids: tuple[str, ...]) -> Iterable[ProgramView]:
            return (await call(GetPrograms(ids=ids))).nodes

        async def rounds(ids: tuple[str, ...]) -> Iterable[RoundView]:
            return (await call(GetRounds(ids=ids))).nodes

        async def entitlements(ids: tuple[str, ...]) -> Iterable[EntitlementView]:
            return (await call(GetEntitlements(ids=ids))).nodes

        async def handovers(ids: tuple[str, ...]) -> Iterable[HandoverView]:
            return (await call(GetHandovers(ids=ids))).nodes

        async def photo_links(ids: tuple[str, ...]) -> Iterable[PhotoLink]:
            return (await call(GetPhotoLinks(ids=ids))).nodes

        async def corrections(ids: tuple[str, ...]) -> Iterable[CorrectionView]:
            return (await call(GetCorrections(ids=ids))).nodes

        async def reports(ids: tuple[str, ...]) -> Iterable[ReportView]:
            return (await call(GetReports(ids=ids))).nodes

        async def report_links(ids: tuple[str, ...]) -> Iterable[ReportLink]:
            return (await call(GetReportLinks(ids=ids))).nodes

        async def entries(ids: tuple[str, ...]) -> Iterable[AuditView]:
            return (await call(EntriesByIds(ids=ids))).nodes

        async def acceptances(ids: list[str]) -> list[Evidence | None]:
            ask = GetEvidence(action=VerifiedHandover.action, about=tuple(ids))
            found = {evidence.subject_id: evidence for evidence in (await call(ask)).nodes}
            return [found.get(i) for i in ids]

        async def packages(ids: tuple[str, ...]) -> Iterable[PackageView]:
            return (await call(GetPackages(ids=ids))).nodes

        async def places(ids: tuple[str, ...]) -> Iterable[PlaceView]:
            return (await call(GetPlaces(ids=ids))).nodes

        async def cases(ids: tuple[str, ...]) -> Iterable[CaseView]:
            return (await call(GetCases(ids=ids))).nodes

        async def payment_batches(ids: tuple[str, ...]) -> Iterable[PaymentBatchView]:
            return (await call(GetPaymentBatches(ids=ids))).nodes

        async def alerts(ids: tuple[str, ...]) -> Iterable[AlertView]:
            return (await call(GetAlerts(ids=ids))).nodes

        async def case_histories(keys: list[tuple[str, int]]) -> list[CaseHistory | None]:
            found: dict[tuple[str, int], CaseHistory] = {}
            for first in {first for _, first in keys}:
                ids = tuple(case_id for case_id, wanted in keys if wanted == first)
                answer = await call(ListCaseEvents(case_ids=ids, first=first))
                found |= {(history.case_id, first): history for history in answer.nodes}
            return [found.get(key) for key in keys]

        async def case_attachments(ids: list[str]) -> list[CaseAttachments | None]:
            answer = await call(ListAttachments(case_ids=tuple(ids)))
            found = {files.case_id: files for files in answer.nodes}
            return [found.get(i) for i in ids]

        async def tallies(ids: list[str]) -> list[Tally | None]:
            answer = await call(GetTallies(assignment_ids=tuple(ids)))
            found = {tally.assignment_id: tally for tally in answer.nodes}
            return [found.get(i) for i in ids]

        async def assignments(ids: tuple[str, ...]) -> Iterable[AssignmentView]:
            return (await call(GetAssignments(ids=ids))).nodes

        async def work(keys: list[Work]) -> list[EntitlementPage | None]:
            found: dict[Work, EntitlementPage] = {}
            for status, first in {(key.status, key.first) for key in keys}:
                ids = tuple(key.assignment_id for key in keys if (key.status, key.first) == (status, first))
                answer = await call(ListWork(assignment_ids=ids, status=status, first=first))
                found |= {Work(each.assignment_id, status, first): each.page for each in answer.nodes}
            return [found.get(key) for key in keys]

        async def names(ids: list[str]) -> list[str | None]:
            found = await viewer.names(ids)
            return [found.get(i) for i in ids]

        self.imports = _by_id(imports, 100)
        self.recipients = _by_id(people, 500)
        # For recipients of the viewer's own assignments alone: reading these is no entry of the audit log.
        self.own_recipients = _by_id(own_people, 500)
        self.rosters = _by_id(rosters, 100)
        self.programs = _by_id(programs, 100)
        self.rounds = _by_id(rounds, 100)
        self.entitlements = _by_id(entitlements, 500)
        self.handovers = _by_id(handovers, 100)
        self.photo_links = _by_id(photo_links, 100)
        self.corrections = _by_id(corrections, 100)
        self.reports = _by_id(reports, 100)
        self.report_links = _by_id(report_links, 100)
        self.entries = _by_id(entries, 500)
        self.acceptances: DataLoader[str, Evidence | None] = DataLoader(acceptances, max_batch_size=100)
        self.packages = _by_id(packages, 100)
        self.places = _by_id(places, 100)
        self.cases = _by_id(cases, 100)
        self.payment_batches = _by_id(payment_batches, 100)
        self.alerts = _by_id(alerts, 100)
        self.case_histories: DataLoader[tuple[str, int], CaseHistory | None] = DataLoader(
            case_histories, max_batch_size=100
        )
        self.case_attachments: DataLoader[str, CaseAttachments | None] = DataLoader(
            case_attachments, max_batch_size=100
        )
        self.tallies: DataLoader[str, Tally | None] = DataLoader(tallies, max_batch_size=100)
        self.assignments = _by_id(assignments, 100)
        self.work: DataLoader[Work, EntitlementPage | None] = DataLoader(work, max_batch_size=100)
        self.names: DataLoader[str, str | None] = DataLoader(names)


def _by_id(fetch: Callable[[tuple[str, ...]], Awaitable[Iterable[V]]], most: int) -> DataLoader[str, V | None]:
    """A loader over `fetch`, which takes `most` ids and answers what it finds in any order."""

    async def load(ids: list[str]) -> list[V | None]:
        found = {view.id: view for view in await fetch(tuple(ids))}
        return [found.get(i) for i in ids]

    return DataLoader(load, max_batch_size=most)
