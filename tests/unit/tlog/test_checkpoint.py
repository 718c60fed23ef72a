import pytest
from hypothesis import given
from hypothesis import strategies as st

from amanah.tlog.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Note,
    NotSigned,
    Signer,
    Verifier,
    open_checkpoint,
)
from amanah.tlog.layout import Malformed
from amanah.tlog.merkle import EMPTY_ROOT

# The test vector of C2SP signed-note.
KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
NOTE = f"This is an example message.\n\n\N{EM DASH} example.com/foo {SIGNATURE}\n"


def test_the_signed_note_of_the_standard() -> None:
    key = Verifier.parse(KEY)
    assert str(key) == KEY
    note = Note.parse(NOTE.encode())
    assert note.text == "This is an example message.\n"
    assert note.verify([key]) == [key]


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_any_flipped_bit_of_a_note_is_noticed(bit: int) -> None:
    data = bytearray(NOTE.encode())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, NotSigned)):
        Note.parse(bytes(data)).verify([Verifier.parse(KEY)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "no signature\n\n",
        "no newline\n\n\N{EM DASH} a AAAAAAAA",
        "tab\there\n\n\N{EM DASH} a AAAAAAAA\n",
        "hyphen\n\n- a AAAAAAAA\n",
        "plus\n\n\N{EM DASH} a+b AAAAAAAA\n",
        "no name\n\n\N{EM DASH}  AAAAAAAA\n",
        "no base64\n\n\N{EM DASH} a A*AA\n",
        "too short\n\n\N{EM DASH} a AAAA\n",
        "line between\n\n\N{EM DASH} a AAAAAAAA\nmore\n",
    ],
)
def test_invalid_notes_are_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        Note.parse(text)


def test_the_last_empty_line_separates() -> None:
    assert Note.parse("a\n\nb\n\n\N{EM DASH} k AAAAAAAA\n").text == "a\n\nb\n"


@pytest.mark.parametrize("data", [b"\xff\n\n\xe2\x80\x94 a AAAAAAAA\n", "\ud800\n\n\N{EM DASH} a AAAAAAAA\n"])
def test_a_note_is_utf8(data: bytes | str) -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        Note.parse(data)


def test_a_notes_size_is_that_of_its_bytes() -> None:
    tail = "\n\n\N{EM DASH} a AAAAAAAA\n"
    dashes = "\N{EM DASH}" * 333_000
    assert Note.parse(dashes + tail).text == dashes + "\n"
    for large in (dashes + "\N{EM DASH}" * 500 + tail, (dashes + "\N{EM DASH}" * 500 + tail).encode()):
        with pytest.raises(Malformed, match="a note has at most 1000000 bytes"):
            Note.parse(large)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        "a+530d903a+AAAA",
        KEY.replace("530d903a", "530d903b"),
        KEY.replace("530d903a", "530D903A"),
        KEY.replace("example.com", "a b"),
        KEY + "\n",
        KEY[:-4],
    ],
)
def test_invalid_verifier_keys_are_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        Verifier.parse(text)


# The y of each point of edwards25519 whose order divides 8, with those that are written with p added.
SMALL_ORDER = [
    "00" * 32,
    "01" + "00" * 31,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
]


@pytest.mark.parametrize("y", SMALL_ORDER)
@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_keys_of_small_order_are_rejected(y: str, sign: int, kind: int) -> None:
    public = bytearray.fromhex(y)
    public[-1] |= sign
    with pytest.raises(Malformed, match="anybody can sign"):
        Verifier.parse(str(Verifier("log.example", kind, bytes(public))))


@given(st.binary(min_size=32, max_size=32))
def test_every_generated_key_is_accepted(seed: bytes) -> None:
    signer = Signer("log.example", seed)
    for key in (signer.verifier, signer.cosigner):
        assert Verifier.parse(str(key)) == key


def test_unknown_keys_are_ignored_and_invalid_signatures_are_not(signer: Signer) -> None:
    text = "hello\n"
    other = Signer("other.example", bytes(32))
    both = Note.parse(f"{text}\n{other.sign(text)}{signer.sign(text)}")
    assert both.verify([signer.verifier]) == [signer.verifier]
    assert len(both.verify([signer.verifier, other.verifier])) == 2
    with pytest.raises(NotSigned, match="no given key"):
        Note.parse(f"{text}\n{other.sign(text)}").verify([signer.verifier])
    wrong = Note.parse(f"{text}\n{other.sign('bye' + chr(10))}{signer.sign(text)}")
    with pytest.raises(NotSigned, match=r"other\.example is not valid"):
        wrong.verify([signer.verifier, other.verifier])


def test_more_than_sixteen_signatures_are_accepted(signer: Signer) -> None:
    text = "hello\n"
    many = [Signer(f"w{i}.example", bytes([i] * 32)) for i in range(40)]
    note = Note.parse(f"{text}\n" + "".join(s.sign(text) for s in [*many, signer]))
    assert len(note.verify([s.verifier for s in [*many, signer]])) == 41
    with pytest.raises(Malformed, match="at most"):
        Note.parse(f"{text}\n" + signer.sign(text) * 101)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back(size: int, root: bytes) -> None:
    signer = Signer("log.example/audit", bytes(range(32)))
    checkpoint = Checkpoint(signer.name, size, root)
    opened, note = open_checkpoint(checkpoint.signed(signer), signer.verifier)
    assert opened == checkpoint
    assert note.text == checkpoint.text


ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.mark.parametrize(
    "text",
    [
        "", "o\n1\n", f"o\n01\n{ROOT}\n", f"o\n-1\n{ROOT}\n", f"o\n+1\n{ROOT}\n", f"o\n{2**63}\n{ROOT}\n",
        f"\n1\n{ROOT}\n", "o\n1\nAAAA\n", f"o\n1\n{ROOT[:-1]}\n", f"o\n1\n{ROOT.replace('U=', 'V=')}\n",
        f"o\n1\n{ROOT}", f"o\n1\n{ROOT}\n\n", f"o\n1\n{ROOT}\n\nextension\n", f"o\n\u0661\n{ROOT}\n",
    ],
)  # fmt: skip
def test_invalid_checkpoints_are_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


def test_extension_lines_are_ignored() -> None:
    assert Checkpoint.parse(f"o\n0\n{ROOT}\nextension\n") == Checkpoint("o", 0, EMPTY_ROOT)


def test_a_checkpoint_of_another_log_is_rejected(signer: Signer) -> None:
    with pytest.raises(ValueError, match="the key is of"):
        Checkpoint("else.example", 0, EMPTY_ROOT).signed(signer)
    text = Checkpoint("else.example", 0, EMPTY_ROOT).text
    with pytest.raises(NotSigned, match=r"is of the log else\.example"):
        open_checkpoint(f"{text}\n{signer.sign(text)}", signer.verifier)


def test_witnesses_cosign_with_a_time(signer: Signer) -> None:
    witness = Signer("witness.example/w", bytes([7] * 32))
    checkpoint = Checkpoint(signer.name, 0, EMPTY_ROOT)
    signed = checkpoint.signed(signer) + witness.cosign(checkpoint.text, 1_700_000_000)
    _, note = open_checkpoint(signed, signer.verifier, [witness.cosigner])
    assert note.signatures[-1].time == 1_700_000_000
    assert Verifier.parse(str(witness.cosigner)) == witness.cosigner
    assert witness.cosigner.key_id != witness.verifier.key_id
    open_checkpoint(signed, signer.verifier)
    later = checkpoint.signed(signer) + witness.cosign(checkpoint.text + "more\n", 1_700_000_000)
    with pytest.raises(NotSigned, match=r"witness\.example/w is not valid"):
        open_checkpoint(later, signer.verifier, [witness.cosigner])


def test_a_quorum_of_witnesses_must_have_signed(signer: Signer) -> None:
    text = Checkpoint(signer.name, 0, EMPTY_ROOT).text
    one, two, three = (Signer(f"w{i}.example", bytes([i] * 32)) for i in range(3))
    keys = [one.cosigner, two.cosigner, three.cosigner]
    note = f"{text}\n{signer.sign(text)}{one.cosign(text, 1)}{three.cosign(text, 2)}"
    open_checkpoint(note, signer.verifier, keys, quorum=2)
    with pytest.raises(NotSigned, match=r"2 of 3 required cosignatures; missing: w1\.example"):
        open_checkpoint(note, signer.verifier, keys, quorum=3)


def test_a_key_signs_once(signer: Signer) -> None:
    text = "hello\n"
    with pytest.raises(NotSigned, match="two signatures"):
        Note.parse(f"{text}\n{signer.sign(text) * 2}").verify([signer.verifier])


def test_a_time_beyond_63_bits_is_rejected(signer: Signer) -> None:
    text = Checkpoint(signer.name, 0, EMPTY_ROOT).text
    note = Note.parse(f"{text}\n{signer.cosign(text, 2**63)}")
    with pytest.raises(NotSigned, match="not valid"):
        note.verify([signer.cosigner])


def test_a_witness_alone_is_not_the_log(signer: Signer) -> None:
    witness = Signer("witness.example/w", bytes([7] * 32))
    text = Checkpoint(signer.name, 0, EMPTY_ROOT).text
    with pytest.raises(NotSigned, match="no key of the log"):
        open_checkpoint(f"{text}\n{witness.cosign(text, 1)}", signer.verifier, [witness.cosigner])
