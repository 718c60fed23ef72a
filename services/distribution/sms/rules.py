"""What recipients write by SMS, and what they are answered. Indonesian, as they speak it; every answer fits one message."""

import re
from dataclasses import dataclass
from enum import StrEnum

from amanah.contracts.cases import CaseKind
from services.distribution.rounds.rules import codes


class Command(StrEnum):
    """What a message asks for; UNKNOWN is answered with help."""

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
class Said:
    """A message as it was understood. `code` is None when a command that needs one has none of the right form."""

    command: Command
    code: str | None = None
    text: str = ""


def _after(text: str, word: str) -> str | None:
    """What follows `word` at the beginning of `text`, whatever spaces are within; None when it does not begin so."""
    place = 0
    for letter in word:
        while place < len(text) and text[place].isspace():
            place += 1
        if place == len(text) or text[place].upper() != letter:
            return None
        place += 1
    return text[place:]


def read(text: str) -> Said:
    """What a message says. Never raises: what is no command is UNKNOWN."""
    for word, command in _WORDS.items():
        rest = _after(text, word)
        if rest is None:
            continue
        if command in _WITH_CODE:
            taken = codes.take(rest)
            if taken is None:
                return Said(command, None, rest.strip())
            return Said(command, taken[0], taken[1] if command is Command.LAPOR else "")
        if not rest.strip(" .!,\t\r\n"):
            return Said(command)
    return Said(Command.UNKNOWN)


# The first that occurs decides. A complaint that names none of them says that the aid did not come: the gravest reading,
# which a person then sorts.
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
    """What a complaint by SMS is about, from its words."""
    return next((kind for kind, words in _KINDS if re.search(words, text, re.IGNORECASE)), CaseKind.NOT_RECEIVED)


class Answer(StrEnum):
    """What is answered. `HEARD` is the one answer to a code that is wrong and to one that is not yet good for anything."""

    HELP = (
        "Ketik TERIMA <kode> bila bantuan sudah diterima, LAPOR <kode> <keluhan> untuk mengadu, BERHENTI untuk tidak "
        "dikirimi pesan. Kode ada di undangan."
    )
    MISTYPED = "Kode tidak lengkap atau salah ketik. Periksa kode di undangan Anda, lalu kirim lagi: {command} <kode>."
    HEARD = "Terima kasih, pesan Anda sudah dicatat. Bila bantuan belum diterima, simpan undangan dan hubungi desa."
    CONFIRMED = "Terima kasih. Penerimaan bantuan Anda sudah kami catat."
    OPENED = "Laporan Anda kami terima dengan nomor {reference}. Kami tindak lanjuti paling lambat {due}."
    STOPPED = "Anda tidak akan dikirimi pesan lagi. Kirim MULAI bila ingin menerima pesan kembali."
    STARTED = "Anda akan menerima pesan kami kembali. Kirim BANTUAN untuk petunjuk."
    RESOLVED = "Laporan {reference} selesai ditindaklanjuti. Hubungi desa bila belum sesuai."


def normalised(number: str) -> str:
    """A number in one spelling: `0812...` and `62812...` are `+62812...`. What is no number stays as it is."""
    digits = re.sub(r"[ ().-]", "", number)
    if not re.fullmatch(r"\+?[0-9]{4,15}", digits):
        return number.strip()
    if digits.startswith("00"):
        return "+" + digits[2:]
    if digits.startswith("0"):
        return "+62" + digits[1:]
    return "+" + digits if digits.startswith("62") else digits


def is_number(contact: str) -> bool:
    """Whether a message can be sent to it: names of senders and short codes take none."""
    return re.fullmatch(r"\+[0-9]{9,15}", normalised(contact)) is not None


def masked_number(number: str) -> str:
    """A number as people may see it: its first five characters and its last two. Short ones show nothing."""
    return f"{number[:5]}{'*' * (len(number) - 7)}{number[-2:]}" if len(number) >= 10 else "*" * len(number)


_DIGITS = re.compile(r"\d(?:[ .-]?\d){5,}")


def masked_text(text: str) -> str:
    """A text without long runs of digits, which may be identity, family card or phone numbers."""
    return _DIGITS.sub(lambda run: "*" * len(run.group()), text)
