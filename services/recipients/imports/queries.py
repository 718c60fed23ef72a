"""Queries on imports and their problems."""

from amanah.contracts.actor import Actor
from amanah.contracts.errors import NotFound
from amanah.contracts.imports import (
    GetImports,
    ImportsAnswer,
    ImportView,
    ListImports,
    ListProblems,
    ProblemPage,
)
from amanah.contracts.message import Many
from amanah.runtime.rpc import answers
from services.recipients.imports.documents import IMPORT_PROBLEMS, IMPORTS
from services.recipients.imports.views import import_view, problem_view
from services.recipients.store import Store, find_by_ids, newest_page, parse_number_cursor, wholly_in_scope


@answers
async def get_imports(store: Store, actor: Actor, ask: GetImports) -> ImportsAnswer:
    """Returns imports by id, those of which every area lies in the viewer's scope."""
    found = await find_by_ids(store[IMPORTS], ask.ids, wholly_in_scope(actor.scope(ask.roles)))
    return ImportsAnswer(nodes=tuple(import_view(each) for each in found))


@answers
async def list_imports(store: Store, actor: Actor, ask: ListImports) -> Many[ImportView]:
    """Returns a page of imports of which every area lies in the viewer's scope, the newest first."""
    status = {"status": ask.status} if ask.status else {}
    condition = {"$and": [status, wholly_in_scope(actor.scope(ask.roles))]}
    return await newest_page(store[IMPORTS], condition, import_view, first=ask.first, after=ask.after)


@answers
async def list_problems(store: Store, actor: Actor, ask: ListProblems) -> ProblemPage:
    """Returns a page of an import's problems by row; a cursor counts the problems before the next page."""
    if not await find_by_ids(store[IMPORTS], [ask.import_id], wholly_in_scope(actor.scope(ask.roles))):
        raise NotFound("not_found.import")
    condition = {"import": ask.import_id}
    start = 0 if ask.after is None else parse_number_cursor(ask.after)
    found = await store[IMPORT_PROBLEMS].list(condition, sort=[("row", 1), ("n", 1)], skip=start, limit=ask.first + 1)
    page = found[: ask.first]
    return ProblemPage(
        nodes=tuple(problem_view(each) for each in page),
        cursors=tuple(str(start + i) for i in range(1, len(page) + 1)),
        total=await store[IMPORT_PROBLEMS].count(condition),
        more=len(found) > ask.first,
    )
