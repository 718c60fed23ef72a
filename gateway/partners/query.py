"""Query parameters of EPCIS 2.0 (section 8.2.7.1) for a partner's own events, and of pages."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from amanah.contracts.errors import BadInput
from amanah.contracts.partner_events import ListPartnerEvents, PartnerEventOrder

PER_PAGE = 30
PER_PAGE_LIMIT = 100
QUERY_LIMIT = 8_000
TOKEN = "nextPageToken"  # noqa: S105 - the name of a parameter

_TIMES: Mapping[str, str] = {
    "GE_eventTime": "since",
    "LT_eventTime": "until",
    "GE_recordTime": "recorded_since",
    "LT_recordTime": "recorded_until",
}
_LISTS: Mapping[str, str] = {
    "eventType": "types",
    "EQ_action": "actions",
    "EQ_bizStep": "steps",
    "EQ_disposition": "dispositions",
    "EQ_readPoint": "read_points",
    "EQ_bizLocation": "locations",
    "EQ_eventID": "event_ids",
    "MATCH_epc": "epcs",
    "MATCH_parentID": "parents",
    "MATCH_inputEPC": "inputs",
    "MATCH_outputEPC": "outputs",
    "MATCH_anyEPC": "any_epcs",
    "MATCH_epcClass": "classes",
    "MATCH_inputEPCClass": "input_classes",
    "MATCH_outputEPCClass": "output_classes",
    "MATCH_anyEPCClass": "any_classes",
}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "orderBy": {"order": {order.value: order for order in PartnerEventOrder}},
    "orderDirection": {"ascending": {"ASC": True, "DESC": False}},
}
_ACTIONS = frozenset({"OBSERVE", "ADD", "DELETE"})
_PAGES = frozenset({"perPage", TOKEN})
_NAMES = {field: name for table in (_TIMES, _LISTS) for name, field in table.items()}

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def event_query(query: QueryParams, **more: Any) -> ListPartnerEvents:
    """The request for the events that a query names. Raises BadInput for an unknown parameter, or a value that is not possible.

    The values of a list are separated by `|`. `more` are further fields of the request.
    """
    given = _given(query, known=_PAGES | _TIMES.keys() | _LISTS.keys() | _WORDS.keys())
    values: dict[str, Any] = {**page_of(given), **more}
    for name, value in given.items():
        if name in _TIMES:
            values[_TIMES[name]] = _moment(name, value)
        elif name in _LISTS:
            values[_LISTS[name]] = tuple(value.split("|"))
        elif name in _WORDS:
            ((field, words),) = _WORDS[name].items()
            if value not in words:
                raise _invalid(name)
            values[field] = words[value]
    if not _ACTIONS.issuperset(values.get("actions", ())):
        raise _invalid("EQ_action")
    try:
        return ListPartnerEvents.model_validate(values)
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][0])
        raise _invalid(_NAMES.get(field, field)) from None


def page_query(query: QueryParams) -> dict[str, Any]:
    """The page that a query names, of a list without other parameters. Raises BadInput."""
    return page_of(_given(query, known=_PAGES))


def page_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields `first` and `after` of a page. A page is never larger than PER_PAGE_LIMIT, whatever is asked for."""
    size = given.get("perPage", str(PER_PAGE))
    if not _NUMBER.fullmatch(size):
        raise _invalid("perPage")
    return {"first": min(int(size), PER_PAGE_LIMIT), "after": given.get(TOKEN)}


def no_query(query: QueryParams) -> None:
    """Raises BadInput for any parameter."""
    _given(query, known=frozenset())


def _given(query: QueryParams, known: frozenset[str]) -> dict[str, str]:
    if len(str(query)) > QUERY_LIMIT:
        raise BadInput("query_too_long", limit=QUERY_LIMIT)
    given: dict[str, str] = {}
    for name, value in query.multi_items():
        shown = name[:100]
        if name not in known:
            raise BadInput("query_parameter.unknown", shown, name=shown)
        if name in given:
            raise BadInput("query_parameter.repeated", shown, name=shown)
        given[name] = value
    return given


def _moment(name: str, value: str) -> str:
    # A plus sign that was not encoded arrives as a space.
    moment = value.replace(" ", "+")
    if not _MOMENT.fullmatch(moment):
        raise _invalid(name)
    return moment


def _invalid(name: str) -> BadInput:
    return BadInput("query_parameter", name, name=name)
