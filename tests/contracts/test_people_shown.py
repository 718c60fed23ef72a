"""Answers with personal data, or words that may tell of people, declare it and name the data subjects; or they are listed here."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

import services
from amanah import contracts
from amanah.contracts.message import Page, Request

# Fields that tell of a person, whatever they are a part of. Those with words that are kept sealed are found in the code.
TELLING = {
    "address", "birth_date", "changes", "contact", "household_number", "latitude_e6", "name", "nik", "note", "phone",
    "reason", "relation", "signature_url", "text",
}  # fmt: skip

# Of these, with all that is inside of them, what is of nobody whom the house serves.
OF_NOBODY = {
    "AuditView.reason": "an entry of the public log, which has no personal data",
    "By.name": "who decided, in their office",
    "CheckpointView.text": "a signed note",
    "Header.name": "of a header of HTTP",
    "MapCluster.latitude_e6": "reporting knows no recipient",
    "OfficerView.name": "an officer",
    "CredentialView.name": "a user of Kafka or a client",
    "NewCredential.name": "a user of Kafka or a client",
    "PartnerIdentity.name": "a company",
    "PartnerView.name": "a company",
    "PaymentFile.name": "a file",
    "PaymentView.reason": "the bank's code",
    "PlaceView.location": "where a post is",
    "PlaceView.name": "a post",
    "ProgramItem.name": "goods",
    "ProgramView.name": "a program",
    "RoundView.name": "a round",
    "Signatory.name": "who decided, in their office",
    "SmsReply.text": "the reply to whoever wrote",
    "VerifiedItem.name": "goods",
}

# Where a service opens what is kept sealed, without putting it into an answer there: the fields that it ends up in.
OPENED: dict[str, set[str]] = {
    "recipients/register/personal_data.py decrypt_number": {
        "RecipientView.nik",
        "RecipientView.household_number",
        "FieldChange.before",
    },
    "recipients/register/personal_data.py decrypt_account": set(),  # in a roster's payees, sealed anew
    "distribution/payments/payees.py open_each": set(),  # in the files for the bank, which have entries of their own
    "distribution/cases/notices.py _notify": set(),  # in an SMS to who left the number
    "distribution/messages/commands.py _send": set(),
    "distribution/partners/credentials.py check_signature": set(),  # a partner's key, compared
    "distribution/partners/credentials.py webhook_keys": set(),  # a partner's keys, which sign
    "distribution/partners/credentials.py _scram_user": set(),  # a partner's salted password, for the brokers of Kafka
}

# Requests whose answers have such fields and are yet no entry of their reading.
UNNOTED = {
    # The command's own entry names more.
    "ApproveCorrection": "its entry; a repeat answers who approved it",
    "ApprovePaymentBatch": "its entry; what is approved has no reason",
    "ExportPayments": "its entry; what is proposed has no reason",
    "GetPhotoLinks": "noted once a viewer, handover and day",
    "OpenPaymentFiles": "each call has an entry; what is exported has no reason",
    "RejectCorrection": "its entry; a repeat answers who rejected it",
    "RejectPaymentBatch": "its entry; a repeat answers who rejected it",
    "RevealContact": "each call has an entry",
    "RevealNik": "each call has an entry",
    "UpdateCase": "each call has an entry",
    "AddPartner": "its entry; what the caller has just written",
    "ChangePartner": "its entry",
    "ResumePartner": "its entry",
    "RotatePartnerCredential": "its entry",
    "SuspendPartner": "its entry",
    # The handler notes a repeat that shows the words of another.
    "EndAssignment": "its entry, or that of the reading",
    "ProposeCorrection": "its entry, or that of the reading",
    "ReassignOfficer": "its entry, or that of the reading",
    "UpdateAlert": "its entry, or that of the reading",
    # What the caller has just done and said, or a list of their own.
    "AssignOfficer": "shows no reason",
    "FileComplaint": "the complaint of the caller",
    "GetAssignmentBundle": "an officer's own work, without reasons",
    "ListMyAssignments": "an officer's own work, without reasons",
    "RecordHandover": "the handover of the caller",
    "SyncHandovers": "handovers of the caller",
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


def opened() -> Iterator[tuple[str, set[str]]]:
    """Each function of a service that decrypts, and the fields of answers that it puts into them what it read."""
    root = Path(services.__path__[0])
    for path in sorted(root.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and decrypts(function, set(), deep=False):
                yield f"{path.relative_to(root)} {function.name}", filled(function)


def decrypts(tree: ast.AST, names: set[str], *, deep: bool = True) -> bool:
    """Tells whether it decrypts something, or uses one of the names that hold such a thing."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not deep:
            continue
        if isinstance(node, ast.Attribute) and node.attr == "decrypt":
            return True
        if (isinstance(node, ast.Name) and node.id in names) or decrypts(node, names, deep=deep):
            return True
    return False


def filled(function: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and decrypts(node, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {
        f"{node.func.id}.{given.arg}"
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[0].isupper()
        for given in node.keywords
        if decrypts(given, names)
    }


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from parts(argument)


def fields(model: type[BaseModel], above: tuple[type[BaseModel], ...] = ()) -> Iterator[str]:
    """`Model.field` of all that an answer may tell, at any depth; what is of nobody is not looked into."""
    for name, field in model.model_fields.items():
        here = f"{model.__name__}.{name}"
        yield here
        if here not in OF_NOBODY:
            for part in parts(field.annotation):
                if part not in (*above, model):
                    yield from fields(part, (*above, model))


def bears(model: type[BaseModel], wanted: str) -> bool:
    return wanted in set(fields(model))


def telling(model: type[BaseModel]) -> list[str]:
    """The fields of an answer that may tell of people."""
    return sorted(each for each in set(fields(model)) - OF_NOBODY.keys() if tells(each))


def tells(field: str) -> bool:
    return field in SEALED or field.partition(".")[2] in TELLING


def saying(model: type[BaseModel], wanted: str) -> BaseModel:
    """An answer that says something in this one of its telling fields, and knows no more than it must."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        here, inner = f"{model.__name__}.{name}", next(parts(field.annotation), None)
        if here == wanted:
            values[name] = "Somebody said it."
        elif inner is not None and (bears(inner, wanted) or field.is_required()):
            made = saying(inner, wanted)
            values[name] = (made,) if get_origin(field.annotation) is tuple else made
        elif field.annotation is str:
            values[name] = "" if tells(here) else name
        elif field.is_required():
            values[name] = None
    return model.model_construct(**values)


WHERE_OPENED = dict(opened())
SEALED = set[str]().union(*WHERE_OPENED.values(), *OPENED.values())
REQUESTS = sorted(requests(), key=lambda ask: ask.__name__)
SHOWN = [(ask, field) for ask in REQUESTS if ask.shows_people for field in telling(ask.answer())]


@pytest.mark.parametrize("ask", REQUESTS, ids=lambda ask: ask.__name__)
def test_an_answer_with_personal_data_says_so_or_why_not(ask: type[Request[Any]]) -> None:
    told = telling(ask.answer())
    assert ask.shows_people == bool(told and ask.__name__ not in UNNOTED), told


@pytest.mark.parametrize(("ask", "field"), SHOWN, ids=lambda it: it if isinstance(it, str) else it.__name__)
def test_whatever_an_answer_tells_it_names_whose_it_is(ask: type[Request[Any]], field: str) -> None:
    answer: Any = saying(ask.answer(), field)
    assert "Somebody said it." in repr(answer)
    assert answer.data_subjects()
    assert "Somebody said it." not in answer.data_subjects()


def test_only_requests_with_such_fields_need_a_reason() -> None:
    by_name = {ask.__name__: ask for ask in REQUESTS}
    assert {name for name in UNNOTED if name not in by_name or not telling(by_name[name].answer())} == set()


def test_only_fields_that_would_tell_need_a_reason() -> None:
    told = {field for ask in REQUESTS for field in fields(ask.answer())}
    assert OF_NOBODY.keys() <= told
    assert {field for field in OF_NOBODY if not tells(field)} == {"PlaceView.location"}


def test_what_is_kept_sealed_is_of_somebody() -> None:
    assert not SEALED & OF_NOBODY.keys()
    assert {field for field in SEALED if not any(bears(ask.answer(), field) for ask in REQUESTS)} == set()


def test_whatever_is_opened_ends_up_in_a_field_or_stands_here() -> None:
    assert {place for place, into in WHERE_OPENED.items() if not into} == OPENED.keys()
