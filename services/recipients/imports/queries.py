"""Queries on imports and their row problems."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound, error_text
from amanah.contracts.imports import (
    GetImports,
    ImportsAnswer,
    ImportView,
    ListImports,
    ListProblems,
    ProblemPage,
    RowProblem,
)
from amanah.contracts.message import Many
from amanah.runtime.rpc import answers
from services.recipients.imports.views import import_view
from services.recipients.register.views import _number
from services.recipients.store import Store, newest, wholly


@answers
async def get_imports(store: Store, actor: Actor, ask: GetImports) -> ImportsAnswer:
    """Imports by id."""
    found = await store.imports_of(actor.scope(ask.roles), ask.ids)
    return ImportsAnswer(nodes=tuple(import_view(each) for each in found))


@answers
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


@answers
async def list_problems(store: Store, actor: Actor, ask: ListProblems) -> ProblemPage:
    """What was wrong with the rows of an import, by row; a cursor counts the problems before the next page."""
    if not await store.imports_of(actor.scope(ask.roles), [ask.import_id]):
        raise NotFound("not_found.import")
    condition = {"import": ask.import_id}
    start = 0 if ask.after is None else _number(ask.after)
    found = await store.problems.list(condition, sort=[("row", 1), ("n", 1)], skip=start, limit=ask.first + 1)
    shown = found[: ask.first]
    return ProblemPage(
        nodes=tuple(
            RowProblem(row=p["row"], column=p["column"], code=p["code"], message=error_text(p["code"]).en)
            for p in shown
        ),
        cursors=tuple(str(start + i) for i in range(1, len(shown) + 1)),
        total=await store.problems.count(condition),
        more=len(found) > ask.first,
    )
