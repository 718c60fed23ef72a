"""What an audit entry names besides its subject: whatever of it a person would look for, by id or code.

Each function reads a document as the store keeps it; what a document does not know is left out. Ids and codes only: an
entry is public for good.
"""

from collections.abc import Iterable

from amanah.contracts.audit import Subject, concerning
from amanah.mongo import Document
from services.distribution.domain.custody import ends

Concerns = tuple[Subject, ...]


def of_entitlement(entitlement: Document) -> Concerns:
    """Whose it is, of which round, and the batch that pays it."""
    batch = (entitlement.get("payment") or {}).get("batch")
    return concerning(entitlement["recipient"], entitlement["_id"], entitlement["round"], batch)


def of_handover(handover: Document) -> Concerns:
    """Who was handed what by whom, out of which package."""
    parts = ("recipient", "entitlement", "_id", "officer", "packageId", "round")
    return concerning(*(handover.get(part) for part in parts), packages=[handover["package"]])


def of_handovers(handovers: Iterable[Document]) -> Concerns:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for handover in handovers for each in of_handover(handover)))


def of_package(package: Document) -> Concerns:
    """The package by id and by code, where it is and who moves it; of a parcel, for whom it is."""
    parts = ("recipient", "entitlement", "_id", "splitFrom", "parent", "partner", "round")
    return concerning(*(package.get(part) for part in parts), packages=[package["code"]], places=[package.get("place")])


def of_packages(packages: Iterable[Document]) -> Concerns:
    """Those of each of them."""
    return tuple(dict.fromkeys(each for package in packages for each in of_package(package)))


def of_assignment(assignment: Document) -> Concerns:
    """Who works for which round, and whom they follow or who follows them."""
    parts = ("officer", "_id", "replaces", "replacedBy", "round")
    return concerning(*(assignment.get(part) for part in parts))


def of_case(case: Document) -> Concerns:
    """What was complained of and who is involved. An anonymous case names its round and who answers it.

    Who complains of an entitlement is nearly always its recipient, and the log is public.
    """
    if case["anonymous"]:
        return concerning(case.get("assignee"), case["round"])
    parts = ("recipient", "entitlement", "handover", "subject", "alert", "party", "assignee", "round")
    return concerning(*(case.get(part) for part in parts))


def of_correction(correction: Document) -> Concerns:
    """The handover that it reverses, with all that this concerns."""
    return concerning(correction["proposer"], correction["_id"]) + tuple(
        Subject.model_validate(each) for each in correction.get("concerns", ())
    )


def of_alert(alert: Document) -> Concerns:
    """What it was raised about, and the case that follows it up."""
    return tuple(Subject.model_validate(each) for each in alert.get("concerns", ())) + concerning(alert.get("case"))


def of_batch(batch: Document) -> Concerns:
    """A batch of payments and its round."""
    return concerning(batch["_id"], batch["round"])


def of_accounts(accounts: Iterable[str]) -> Concerns:
    """The places of accounts; a leg has two."""
    places = dict.fromkeys(place for account in accounts for place in ends(account) or (account,))
    return concerning(places=places)


def kept(concerns: Concerns) -> list[Document]:
    """Concerns as a document keeps them."""
    return [each.model_dump() for each in concerns]
