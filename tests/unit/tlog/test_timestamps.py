"""A time stamp holds for what was stamped, by an authority that is trusted, and for nothing else."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from amanah.tlog import timestamps
from amanah.tlog.timestamps import Authority, NotStamped
from tests.conftest import StampingOffice

DATA = b"amanah.local/log\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_an_answer_holds_for_what_was_asked(tsa: StampingOffice) -> None:
    trusted = Authority(tsa.certificates.read_bytes())
    asked = timestamps.ask(DATA)
    answer = tsa.answer(asked.as_bytes())
    assert trusted.check(answer, DATA, asked) == trusted.check(answer, DATA)
    assert trusted.check(answer, DATA).tzinfo is not None


def test_and_for_nothing_else(tsa: StampingOffice, tmp_path: Path) -> None:
    trusted = Authority(tsa.certificates.read_bytes())
    asked = timestamps.ask(DATA)
    answer = tsa.answer(asked.as_bytes())
    refused = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA512).build().as_bytes()
    stranger = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=Other")
    tsa.openssl(*stranger, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "other.pem"))
    wrongs: tuple[Callable[[], datetime], ...] = (
        lambda: trusted.check(answer, DATA + b"\n"),
        lambda: trusted.check(answer, DATA, timestamps.ask(DATA)),
        lambda: Authority((tmp_path / "other.pem").read_bytes()).check(answer, DATA),
        lambda: trusted.check(b"no answer", DATA),
        lambda: trusted.check(tsa.answer(refused), DATA),
        lambda: trusted.check(answer[:-1] + bytes([answer[-1] ^ 1]), DATA),
    )
    for wrong in wrongs:
        with pytest.raises(NotStamped):
            wrong()


def test_foreign_tools_read_the_answer(tsa: StampingOffice, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(DATA)
    (tmp_path / "timestamp.tsr").write_bytes(tsa.answer(timestamps.ask(DATA).as_bytes()))
    tsa.openssl("ts", "-verify", "-data", str(tmp_path / "checkpoint"), "-in", str(tmp_path / "timestamp.tsr"),
                "-CAfile", str(tsa.certificates))  # fmt: skip
