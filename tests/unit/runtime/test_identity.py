"""Tokens that are good are read; each way to be bad has its code."""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from amanah.cli.issuer import LocalIssuer
from amanah.contracts.actor import Actor, Grant, Role
from amanah.contracts.errors import Unauthenticated
from amanah.contracts.ids import kind_of, new_id
from amanah.runtime.identity import PARTNER_ISSUER, CallSigner, PartnerIssuer, Verifier, person_id, written_once

GRANT = Grant(role=Role.OFFICER, area="32.01")


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path / "keys", "amanah-trial", "amanah")


@pytest.fixture
def verifier(issuer: LocalIssuer) -> Verifier:
    return Verifier(issuer.jwks(), "amanah-trial", "amanah")


def _code(verifier: Verifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(token)
    return refused.value.code


def test_a_good_token_says_who_and_where(issuer: LocalIssuer, verifier: Verifier) -> None:
    claims = verifier.verify(issuer.issue("Budi Santoso", [GRANT]))
    assert (claims.subject, claims.name, claims.grants) == (person_id("Budi Santoso"), "Budi Santoso", (GRANT,))


def test_the_same_name_is_the_same_person_with_another_session(issuer: LocalIssuer, verifier: Verifier) -> None:
    one, two = (verifier.verify(issuer.issue(name, [GRANT])) for name in ("Budi  Santoso", "budi santoso"))
    assert one.subject == two.subject
    assert one.token_id != two.token_id


def test_an_expired_token_is_refused(issuer: LocalIssuer, verifier: Verifier) -> None:
    assert _code(verifier, issuer.issue("Budi", [GRANT], timedelta(minutes=-5))) == "token_expired"


def test_a_token_may_be_checked_as_of_an_earlier_time(issuer: LocalIssuer, verifier: Verifier) -> None:
    token = issuer.issue("Budi", [GRANT], timedelta(minutes=-5))
    assert verifier.verify(token, at=time.time() - 600).name == "Budi"


def test_a_token_of_another_key_is_refused(tmp_path: Path, verifier: Verifier) -> None:
    other = LocalIssuer(tmp_path / "other", "amanah-trial", "amanah")
    assert _code(verifier, other.issue("Budi", [GRANT])) == "token_invalid"


@pytest.mark.parametrize(
    ("named", "audience", "code"),
    [("another", "amanah", "token_issuer"), ("amanah-trial", "another", "token_audience")],
)
def test_a_token_for_elsewhere_is_refused(
    tmp_path: Path, verifier: Verifier, named: str, audience: str, code: str
) -> None:
    same_key = LocalIssuer(tmp_path / "keys", named, audience)
    assert _code(verifier, same_key.issue("Budi", [GRANT])) == code


@pytest.mark.parametrize(
    ("token", "code"), [("", "token_missing"), ("abc", "token_invalid"), ("a.b.c", "token_invalid")]
)
def test_what_is_no_token_is_refused(verifier: Verifier, token: str, code: str) -> None:
    assert _code(verifier, token) == code


def test_a_token_without_a_signature_is_refused(issuer: LocalIssuer, verifier: Verifier) -> None:
    _, body, _ = issuer.issue("Budi", [GRANT]).split(".")
    header = "eyJhbGciOiJub25lIn0"
    assert _code(verifier, f"{header}.{body}.") == "token_invalid"


@pytest.mark.parametrize(
    "subject", ["budi@example.id", "3201050101850001", "+62 812-3456-7890", "Budi S", "a\0", "x" * 201]
)
def test_a_subject_that_shows_a_person_is_refused_without_being_repeated(
    tmp_path: Path, issuer: LocalIssuer, verifier: Verifier, subject: str
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(_signed(tmp_path, subject))
    assert refused.value.code == "token_subject_personal"
    assert subject not in refused.value.message


@pytest.mark.parametrize("subject", ["", None, 17])
def test_a_token_of_nobody_is_refused(
    tmp_path: Path, issuer: LocalIssuer, verifier: Verifier, subject: str | int | None
) -> None:
    assert _code(verifier, _signed(tmp_path, subject)) == "token_invalid"


def test_a_subject_that_is_a_uuid_is_taken(tmp_path: Path, issuer: LocalIssuer, verifier: Verifier) -> None:
    subject = "12345678-1234-1234-1234-123456789012"
    known = verifier.verify(_signed(tmp_path, subject)).subject
    assert kind_of(known) == "User"
    assert known == verifier.verify(_signed(tmp_path, subject)).subject
    assert known != verifier.verify(_signed(tmp_path, subject[:-1] + "3")).subject


def _signed(folder: Path, subject: str | int | None) -> str:
    """A token of the trial issuer with a subject that it would not give."""
    key = OKPKey.import_key(json.loads((folder / "keys" / "issuer.json").read_text()))
    claims = {"iss": "amanah-trial", "aud": "amanah", "sub": subject, "exp": int(time.time()) + 60}
    return jwt.encode({"alg": "Ed25519"}, claims, key, algorithms=["Ed25519"])


def test_the_public_keys_hold_nothing_private(issuer: LocalIssuer) -> None:
    (key,) = json.loads(issuer.jwks())["keys"]
    assert "d" not in key


def test_a_secret_is_written_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    assert written_once(path, lambda: "first") == written_once(path, lambda: "second") == "first"
    assert path.stat().st_mode & 0o077 == 0


def test_the_actor_of_a_call_is_read_by_the_service_it_was_signed_for() -> None:
    signer = CallSigner("k" * 32)
    actor = Actor(id="usr_1", name="Budi", grants=(GRANT,))
    assert signer.read(signer.sign(actor, "recipients"), "recipients") == actor


@pytest.mark.parametrize("reader", [CallSigner("x" * 32), CallSigner("k" * 32)])
def test_a_call_signed_otherwise_is_refused(reader: CallSigner) -> None:
    signed = CallSigner("k" * 32).sign(Actor(id="usr_1", name="Budi"), "recipients")
    with pytest.raises(Unauthenticated):
        reader.read(signed, "audit")


PARTNER = new_id("ptn")
SEEDS = (b"2" * 32, b"1" * 32)


@pytest.fixture
def both(issuer: LocalIssuer) -> Verifier:
    """Trusts the trial issuer, and ours for partners."""
    return Verifier(issuer.jwks(), "amanah-trial", "amanah", PartnerIssuer(SEEDS, "amanah"))


def _partner_token(seeds: Sequence[bytes] = SEEDS, audience: str = "amanah", minutes: int = 5) -> str:
    return PartnerIssuer(seeds, audience).issue(PARTNER, "PT Angkut", "32.01", timedelta(minutes=minutes))


def test_a_partners_token_says_which_partner(both: Verifier) -> None:
    claims = both.verify(_partner_token())
    assert (claims.subject, claims.name, claims.issuer) == (PARTNER, "PT Angkut", PARTNER_ISSUER)
    assert claims.grants == (Grant(role=Role.LOGISTICS, area="32.01"),)


def test_a_partners_token_of_an_earlier_key_counts_and_of_another_does_not(both: Verifier) -> None:
    assert both.verify(_partner_token(SEEDS[1:])).subject == PARTNER
    assert _code(both, _partner_token((b"3" * 32,))) == "token_invalid"
    assert _code(both, _partner_token(audience="other")) == "token_audience"
    assert _code(both, _partner_token(minutes=-5)) == "token_expired"


def test_an_installation_without_partners_refuses_their_tokens(verifier: Verifier) -> None:
    assert _code(verifier, _partner_token()) == "token_invalid"


def test_no_other_issuer_can_name_a_partner(tmp_path: Path, issuer: LocalIssuer, both: Verifier) -> None:
    key = OKPKey.import_key(json.loads((tmp_path / "keys" / "issuer.json").read_text()))
    claims = {"aud": "amanah", "sub": PARTNER, "grants": [], "exp": time.time() + 60}

    def token(iss: str) -> str:
        return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims | {"iss": iss}, key, algorithms=["Ed25519"])

    assert kind_of(both.verify(token("amanah-trial")).subject) == "User"
    assert _code(both, token(PARTNER_ISSUER)) == "token_issuer"
