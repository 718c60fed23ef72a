"""Commands that recipients send by SMS, and the replies. Indonesian; every reply fits one message."""

import re
from dataclasses import dataclass
from enum import StrEnum

from amanah.contracts.cases import CaseKind
from services.distribution.rounds.rules import codes


class Command(StrEnum):
    """Command of a message; the reply to UNKNOWN is help."""

    TERIMA = "TERIMA"
    LAPOR = "LAPOR"
    BANTUAN = "BANTUAN"
    BERHENTI = "BERHENTI"
    MULAI = "MULAI"
    UNKNOWN = "UNKNOWN"


_ALIASES = {"STOP": Command.BERHENTI, "HELP": Command.BANTUAN}
_WORDS = {c.value: c for c in Command if c is not Command.UNKNOWN} | _ALIASES
_WITH_CODE = frozenset({Command.TERIMA, Command.LAPOR})


@dataclass(frozen=True)
class ParsedSms:
    """A parsed message. `code` is None when a command that needs one has none of the right form."""

    command: Command
    code: str | None = None
    text: str = ""


def _after(text: str, word: str) -> str | None:
    """Returns the text after `word`, which may contain spaces; None when `text` does not begin with it."""
    place = 0
    for letter in word:
        while place < len(text) and text[place].isspace():
            place += 1
        if place == len(text) or text[place].upper() != letter:
            return None
        place += 1
    return text[place:]


def parse(text: str) -> ParsedSms:
    """Parses a message. Never raises: text without a command is UNKNOWN."""
    for word, command in _WORDS.items():
        rest = _after(text, word)
        if rest is None:
            continue
        if command in _WITH_CODE:
            found = codes.take(rest)
            if found is None:
                return ParsedSms(command, None, rest.strip())
            return ParsedSms(command, found[0], found[1] if command is Command.LAPOR else "")
        if not rest.strip(" .!,\t\r\n"):
            return ParsedSms(command)
    return ParsedSms(Command.UNKNOWN)


# The first match decides. A complaint without a match counts as NOT_RECEIVED, the gravest kind; a person then sorts it.
_KINDS = (
    (
        CaseKind.NOT_RECEIVED,
        r"\b(belum|tidak|tdk|ga|gak|nggak|tak)\b.{0,20}\b(terima|menerima|dapat|dapet|datang|ada)\b",
    ),
    (CaseKind.SHORT, r"\b(kurang|dikurangi|dipotong|separuh|setengah)\b"),
    (CaseKind.DAMAGED, r"\b(rusak|busuk|basi|berkutu|kutuan|apek|bau|bocor|sobek)\b"),
    (CaseKind.CONDUCT, r"\b(pungli|uang|bayar|diminta|minta|kasar|marah)\b"),
)


def kind_of(text: str) -> CaseKind:
    """Returns the kind of a complaint by its words."""
    return next((kind for kind, words in _KINDS if re.search(words, text, re.IGNORECASE)), CaseKind.NOT_RECEIVED)


class Reply(StrEnum):
    """Text of a reply. `HEARD` is the same for a wrong code and for a code that has no effect yet."""

    HELP = (
        "Ketik TERIMA <kode> bila bantuan sudah diterima, LAPOR <kode> <keluhan> untuk mengadu, BERHENTI untuk tidak "
        "dikirimi pesan. Kode ada di undangan."
    )
    MISTYPED = "Kode tidak lengkap atau salah ketik. Periksa kode di undangan Anda, lalu kirim lagi: {command} <kode>."
    HEARD = "Terima kasih, pesan Anda sudah dicatat. Bila bantuan belum diterima, simpan undangan dan hubungi desa."
    CONFIRMED = "Terima kasih. Penerimaan bantuan Anda sudah kami catat."
    STOPPED = "Anda tidak akan dikirimi pesan lagi. Kirim MULAI bila ingin menerima pesan kembali."
    STARTED = "Anda akan menerima pesan kami kembali. Kirim BANTUAN untuk petunjuk."


_DIGITS = re.compile(r"\d(?:[ .-]?\d){5,}")


def masked_text(text: str) -> str:
    """Masks long runs of digits, which may be identity, family card or telephone numbers."""
    return _DIGITS.sub(lambda run: "*" * len(run.group()), text)
