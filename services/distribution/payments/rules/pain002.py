"""Reader of ISO 20022 pain.002.001, CustomerPaymentStatusReport, of any version: a stream of untrusted input.

A document type declaration is refused, so that no entity can be declared; depth and text are bounded. A status of the group
or of the payment block counts only for payments that the report does not name one by one.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from services.distribution.payments.rules.bank_reports import (
    FileResult,
    Outcome,
    PaymentResult,
    amount_of,
    outcome_of,
    reason_of,
    unreadable,
)

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.\d{2}")
_DEEPEST = 30
_LONGEST = 200
_CHUNK = 1 << 16

_PAYMENT = ("OrgnlPmtInfAndSts", "TxInfAndSts")
# The paths of the elements that are read, below the report's root.
_WANTED = {
    ("OrgnlGrpInfAndSts", "OrgnlMsgId"): "group",
    ("OrgnlGrpInfAndSts", "GrpSts"): "group_status",
    ("OrgnlGrpInfAndSts", "StsRsnInf", "Rsn", "Cd"): "group_reason",
    ("OrgnlGrpInfAndSts", "StsRsnInf", "Rsn", "Prtry"): "group_reason",
    ("OrgnlPmtInfAndSts", "OrgnlPmtInfId"): "block",
    ("OrgnlPmtInfAndSts", "PmtInfSts"): "block_status",
    ("OrgnlPmtInfAndSts", "StsRsnInf", "Rsn", "Cd"): "block_reason",
    ("OrgnlPmtInfAndSts", "StsRsnInf", "Rsn", "Prtry"): "block_reason",
    (*_PAYMENT, "OrgnlEndToEndId"): "payment",
    (*_PAYMENT, "TxSts"): "status",
    (*_PAYMENT, "StsRsnInf", "Rsn", "Cd"): "reason",
    (*_PAYMENT, "StsRsnInf", "Rsn", "Prtry"): "reason",
    (*_PAYMENT, "OrgnlTxRef", "Amt", "InstdAmt"): "amount",
}


def read(content: bytes) -> Iterator[PaymentResult | FileResult]:
    """Reads the results in the report's order. Refuses with status_unreadable."""
    reader = _Reader()
    for start in range(0, len(content), _CHUNK):
        yield from reader.feed(content[start : start + _CHUNK])
    yield from reader.feed(b"", last=True)


class _Reader:
    """Collects the texts of the current element, and makes a result when it ends."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._path: list[str] = []
        self._texts: dict[str, str] = {}
        self._words = ""
        self._results: list[PaymentResult | FileResult] = []
        self._named_in_block = False
        self._named = False

    def feed(self, piece: bytes, *, last: bool = False) -> list[PaymentResult | FileResult]:
        """Returns the results that the piece completes."""
        self._results = []
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError):
            raise unreadable("status_unreadable.xml") from None
        return self._results

    def _doctype(self, *_: object) -> None:
        raise unreadable("status_unreadable.doctype")

    def _start(self, name: str, _: object) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._path and (local != "Document" or not _NAMESPACE.fullmatch(namespace)):
            raise unreadable("status_unreadable.pain002")
        if len(self._path) >= _DEEPEST:
            raise unreadable("status_unreadable.depth")
        self._path.append(local)
        self._words = ""
        if self._at("OrgnlPmtInfAndSts"):
            self._forget("block")
            self._named_in_block = False
        elif self._at(*_PAYMENT):
            self._forget("payment", "status", "reason", "amount")

    def _text(self, words: str) -> None:
        if len(self._words) <= _LONGEST:
            self._words += words[: _LONGEST + 1]

    def _end(self, _: str) -> None:
        if wanted := _WANTED.get(tuple(self._path[2:])):
            # Of several reasons the first counts. A text beyond the limit is cut and matches nothing.
            self._texts.setdefault(wanted, self._words.strip()[:_LONGEST])
        self._words = ""
        if self._at(*_PAYMENT):
            self._add_payment()
        elif self._at("OrgnlPmtInfAndSts") and not self._named_in_block:
            self._add_file("block")
        elif len(self._path) == 1 and not self._named:
            self._add_file("group")
        self._path.pop()

    def _at(self, *path: str) -> bool:
        return tuple(self._path[2:]) == path

    def _forget(self, *names: str) -> None:
        for name in [n for n in self._texts if n.partition("_")[0] in names]:
            del self._texts[name]

    def _add_payment(self) -> None:
        self._named = self._named_in_block = True
        texts = self._texts
        self._results.append(
            PaymentResult(
                entitlement=texts.get("payment", ""),
                outcome=outcome_of(texts.get("status") or texts.get("block_status") or texts.get("group_status", "")),
                reason=reason_of(texts.get("reason")),
                amount=amount_of(texts.get("amount")),
                message=texts.get("group") or texts.get("block"),
            )
        )

    def _add_file(self, what: str) -> None:
        outcome = outcome_of(self._texts.get(f"{what}_status", ""))
        message = self._texts.get(what)
        if message and outcome in (Outcome.PAID, Outcome.REJECTED):
            self._named = True
            self._results.append(FileResult(message, outcome, reason_of(self._texts.get(f"{what}_reason"))))
