"""Whose answer shows recipients' personal data: it says so, and whom; or it stands here with the reason why not."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from amanah import contracts
from amanah.contracts.message import Many, Page, Request

# Fields that tell of a person, whatever they are a part of.
PERSONAL = {
    "address", "birth_date", "changes", "contact", "household_number", "latitude_e6", "nik", "note", "phone", "received_by",
    "relation", "signature_url", "text",
}  # fmt: skip

# Requests whose answers have such fields and are yet no entry of their reading.
NOBODY = {
    # The owner writes an entry of its own, which names more.
    "GetPhotoLinks": "noted once a viewer, handover and day",
    "RevealContact": "each call has an entry",
    "RevealNik": "each call has an entry",
    # What the caller has just done, and said.
    "FileComplaint": "the complaint of the caller",
    "RecordHandover": "the handover of the caller",
    "SyncHandovers": "handovers of the caller",
    "UpdateCase": "the case that the caller handles; the change has an entry",
    # Not of recipients.
    "ApproveCorrection": "an office's note on its decision",
    "CreatePackages": "where a post is",
    "CreatePlaces": "where a post is",
    "GetAlerts": "an office's note",
    "GetCheckpoint": "a signed note",
    "GetCorrections": "an office's note",
    "GetMapClusters": "reporting knows no recipient",
    "GetPackage": "where a post is",
    "GetPackages": "where a post is",
    "GetPlaces": "where a post is",
    "ListAlerts": "an office's note",
    "ListCorrections": "an office's note",
    "ListLegBalances": "where a post is",
    "ListPackageHistory": "where a post is",
    "ListPackages": "where a post is",
    "ListPlaceBalances": "where a post is",
    "ListPlaces": "where a post is",
    "ProposeCorrection": "an office's note",
    "ReceiveSms": "the reply to whoever wrote",
    "RecordPackageLoss": "where a post is",
    "RejectCorrection": "an office's note",
    "SetRoute": "where a post is",
    "SplitPackage": "where a post is",
    "UpdateAlert": "an office's note",
}


def requests() -> Iterator[type[Request[Any]]]:
    for module in pkgutil.walk_packages(contracts.__path__, "amanah.contracts."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, Request) and found.__module__ == module.name:
                if found not in (Request, Page) and "[" not in found.__name__ and hasattr(found, "service"):
                    try:
                        found.answer()
                    except TypeError:
                        continue  # a base of others
                    yield found


def told(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """The fields of an answer, at any depth."""
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        for part in parts(field.annotation):
            if part not in seen:
                yield from told(part, seen)


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from parts(argument)


REQUESTS = sorted(requests(), key=lambda ask: ask.__name__)


@pytest.mark.parametrize("ask", REQUESTS, ids=lambda ask: ask.__name__)
def test_an_answer_with_personal_data_says_so_or_why_not(ask: type[Request[Any]]) -> None:
    personal = PERSONAL & set(told(ask.answer(), set()))
    assert ask.shows_people == bool(personal and ask.__name__ not in NOBODY), personal


def test_only_requests_with_such_fields_need_a_reason() -> None:
    assert {ask.__name__ for ask in REQUESTS} >= NOBODY.keys()


@pytest.mark.parametrize("ask", [a for a in REQUESTS if a.shows_people], ids=lambda ask: ask.__name__)
def test_whoever_shows_people_names_them(ask: type[Request[Any]]) -> None:
    answer: Any = ask.answer()
    while issubclass(answer, Many) and (inner := answer.__pydantic_generic_metadata__["args"]):
        answer = inner[0]
    assert "people" in vars(answer)
