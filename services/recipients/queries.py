"""What reads the register. Every question sees only what lies in the viewer's scope."""

from collections.abc import Sequence
from datetime import date

from amanah.contracts.actor import Actor, Role
from amanah.contracts.errors import BadInput, NotFound, Refused
from amanah.contracts.message import Location, Many
from amanah.contracts.recipients import (
    By,
    FieldChange,
    GetImports,
    GetRecipients,
    GetRosters,
    ImportsAnswer,
    ImportView,
    ListImports,
    ListProblems,
    ListRecipients,
    ListRosters,
    ListVersions,
    ProblemPage,
    RecipientPage,
    RecipientView,
    RostersAnswer,
    RosterView,
    RowProblem,
    VerifiedRoster,
    VerifyRoster,
    VersionPage,
    VersionView,
)
from amanah.mongo import Condition, Document
from services.recipients.domain.nik import NIK, read
from services.recipients.domain.problems import MESSAGES
from services.recipients.domain.register import SEALED, RecipientStatus, address, words
from services.recipients.domain.roster import RosterStatus
from services.recipients.records import masked_number, nik_blind
from services.recipients.store import Store, newest, wholly, within


async def list_recipients(store: Store, actor: Actor, ask: ListRecipients) -> RecipientPage:
    """A page of recipients by area and id. Raises BadInput for a NIK or status that cannot be one."""
    scope = actor.scope(ask.roles).narrowed(ask.area)
    condition = within(scope, {"$and": [{}, *_filters(store, ask)]})
    found = await store.recipients.list(
        {"$and": [condition, _after(ask.after)]}, sort=[("area", 1), ("_id", 1)], limit=ask.first + 1
    )
    shown = found[: ask.first]
    return RecipientPage(
        nodes=tuple(recipient_view(store, r) for r in shown),
        cursors=tuple(f"{r['area']}~{r['_id']}" for r in shown),
        total=await store.recipients.count(condition),
        more=len(found) > ask.first,
    )


def _filters(store: Store, ask: ListRecipients) -> list[Condition]:
    filters: list[Condition] = []
    if ask.status is not None:
        if ask.status not in set(RecipientStatus):
            raise BadInput("There is no such status of a recipient.", field="status")
        filters.append({"status": ask.status})
    if ask.nik is not None:
        try:
            filters.append({"nikBlind": nik_blind(store.keys, read(NIK, ask.nik))})
        except Refused as refused:
            raise BadInput(refused.message, code=refused.code, field="nik") from None
    # Each word must begin a word of the name.
    filters += [{"words": {"$elemMatch": {"$gte": w, "$lt": w + "\uffff"}}} for w in words(ask.search or "")]
    return filters


def _after(cursor: str | None) -> Condition:
    if cursor is None:
        return {}
    area, tilde, identifier = cursor.partition("~")
    if not tilde:
        raise BadInput("The cursor is not one of this list; begin without one.", field="after")
    return {"$or": [{"area": {"$gt": area}}, {"area": area, "_id": {"$gt": identifier}}]}


async def get_recipients(store: Store, actor: Actor, ask: GetRecipients) -> RecipientPage:
    """Recipients by id."""
    found = await store.recipients_of(actor.scope(ask.roles), ask.ids)
    own_list = ask.own_list and actor.has({Role.OFFICER})
    return RecipientPage(nodes=tuple(recipient_view(store, r) for r in found), total=len(found), own_list=own_list)


async def list_versions(store: Store, actor: Actor, ask: ListVersions) -> VersionPage:
    """The history of one recipient; a cursor is a version's number."""
    if not await store.recipients_of(actor.scope(ask.roles), [ask.recipient_id]):
        raise NotFound("There is no such recipient.")
    condition: Document = {"recipient": ask.recipient_id}
    older = condition if ask.after is None else condition | {"version": {"$lt": _number(ask.after)}}
    found = await store.versions.list(older, sort=[("version", -1)], limit=ask.first + 1)
    return VersionPage(
        recipient_id=ask.recipient_id,
        nodes=tuple(_version_view(store, v) for v in found[: ask.first]),
        total=await store.versions.count(condition),
        more=len(found) > ask.first,
    )


async def get_imports(store: Store, actor: Actor, ask: GetImports) -> ImportsAnswer:
    """Imports by id."""
    found = await store.imports_of(actor.scope(ask.roles), ask.ids)
    return ImportsAnswer(nodes=tuple(import_view(each) for each in found))


async def list_imports(store: Store, actor: Actor, ask: ListImports) -> Many[ImportView]:
    """See ListImports."""
    wanted = {"status": ask.status} if ask.status else {}
    condition = {"$and": [wanted, wholly(actor.scope(ask.roles))]}
    found, total, more = await newest(store.imports, condition, ask.first, ask.after)
    return Many(
        nodes=tuple(import_view(each) for each in found),
        cursors=tuple(each["_id"] for each in found),
        total=total,
        more=more,
    )


async def list_problems(store: Store, actor: Actor, ask: ListProblems) -> ProblemPage:
    """What was wrong with the rows of an import, by row; a cursor counts the problems before the next page."""
    if not await store.imports_of(actor.scope(ask.roles), [ask.import_id]):
        raise NotFound("There is no such import.")
    condition = {"import": ask.import_id}
    start = 0 if ask.after is None else _number(ask.after)
    found = await store.problems.list(condition, sort=[("row", 1), ("n", 1)], skip=start, limit=ask.first + 1)
    shown = found[: ask.first]
    return ProblemPage(
        nodes=tuple(
            RowProblem(row=p["row"], column=p["column"], code=p["code"], message=MESSAGES[p["code"]]) for p in shown
        ),
        cursors=tuple(str(start + i) for i in range(1, len(shown) + 1)),
        total=await store.problems.count(condition),
        more=len(found) > ask.first,
    )


async def get_rosters(store: Store, actor: Actor, ask: GetRosters) -> RostersAnswer:
    """Rosters by id."""
    found = await store.rosters_of(actor.scope(ask.roles), ask.ids)
    return RostersAnswer(nodes=tuple(roster_view(each) for each in found))


async def list_rosters(store: Store, actor: Actor, ask: ListRosters) -> Many[RosterView]:
    """See ListRosters."""
    wanted = {"program": ask.program_id, "status": ask.status}
    condition = within(actor.scope(ask.roles), {k: v for k, v in wanted.items() if v is not None})
    found, total, more = await newest(store.rosters, condition, ask.first, ask.after)
    return Many(
        nodes=tuple(roster_view(each) for each in found),
        cursors=tuple(each["_id"] for each in found),
        total=total,
        more=more,
    )


async def verify_roster(store: Store, _: Actor, ask: VerifyRoster) -> VerifiedRoster:
    """See VerifyRoster."""
    found = await store.rosters.get({"_id": ask.id, "status": RosterStatus.APPROVED})
    if found is None:
        raise NotFound("There is no such roster.")
    return VerifiedRoster(
        id=found["_id"],
        period=found["period"],
        area=found["area"],
        size=found["size"],
        decree=found["decree"],
        approved_at=found["approvedAt"],
        hash=found["hash"],
    )


def _number(cursor: str) -> int:
    if not cursor.isdecimal():
        raise BadInput("The cursor is not one of this list; begin without one.", field="after")
    return int(cursor)


# ---------------------------------------------------------------- views


def recipient_view(store: Store, recipient: Document) -> RecipientView:
    """A recipient with masked numbers."""
    owner = recipient["_id"]
    latitude, longitude = recipient["latitude_e6"], recipient["longitude_e6"]
    return RecipientView(
        id=owner,
        nik=masked_number(store.keys, owner, "nik", recipient["nik"]),
        name=recipient["name"],
        birth_date=date.fromisoformat(recipient["birthDate"]),
        sex=recipient["sex"],
        address=address(recipient),
        status=recipient["status"],
        version=recipient["version"],
        area=recipient["area"],
        household_number=masked_number(store.keys, owner, "householdNumber", recipient["householdNumber"]),
        household_size=recipient["householdSize"],
        location=None if latitude is None else Location(latitude_e6=latitude, longitude_e6=longitude),
    )


def _version_view(store: Store, version: Document) -> VersionView:
    def told(field: str, value: str | None) -> str | None:
        if value is None or field not in SEALED:
            return value
        return masked_number(store.keys, version["recipient"], field, value)

    changes: Sequence[Document] = version["changes"]
    return VersionView(
        version=version["version"],
        at=version["at"],
        by=By(**version["by"]),
        authority=version["authority"],
        reason=version["reason"],
        changes=tuple(
            FieldChange(field=c["field"], before=told(c["field"], c["before"]), after=told(c["field"], c["after"]))
            for c in changes
        ),
    )


def import_view(document: Document) -> ImportView:
    """How far an import is."""
    return ImportView(
        id=document["_id"],
        status=document["status"],
        source=document["source"],
        rows_total=document["rowsTotal"],
        rows_accepted=document["rowsAccepted"],
        rows_rejected=document["rowsRejected"],
        rows_duplicate=document["rowsDuplicate"],
        failure_code=document["failureCode"],
        failure_message=document["failureMessage"],
        started_at=document["at"],
        started_by=_signed(document["by"]),
        approved_by=_signed(document["approvedBy"]) if document["approvedBy"] else None,
    )


def _signed(by: Document) -> By:
    return By(id=by["id"], name=by["name"], role=by["role"])


def roster_view(document: Document) -> RosterView:
    """A roster; its hash is told once it is approved."""
    approved = document["approvedBy"] is not None
    return RosterView(
        id=document["_id"],
        program_id=document["program"],
        period=document["period"],
        area=document["area"],
        status=document["status"],
        size=document["size"],
        hash=document["hash"] if approved else None,
        decree=document["decree"],
        proposed_at=document["proposedAt"],
        proposed_by=By(**document["proposedBy"]),
        approved_at=document["approvedAt"],
        approved_by=By(**document["approvedBy"]) if approved else None,
    )
