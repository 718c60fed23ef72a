"""`amanah deadletter`: what an operator sees and does."""

import asyncio

import pytest
from typer.testing import CliRunner

from amanah.cli.deadletter import app
from amanah.contracts.topics import LOGISTICS_INTAKE, TOPICS
from amanah.runtime.bus.bus import Message, Start
from amanah.runtime.bus.deadletter import letter_for
from amanah.runtime.bus.local import LocalBus

TOPIC = LOGISTICS_INTAKE.name


@pytest.fixture
def amanah(tmp_path, monkeypatch):
    """Runs the command on a data folder of its own; `(exit code, all that it printed)`."""
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*arguments, "--data", str(tmp_path)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


@pytest.fixture
def on_bus(tmp_path):
    """Does something on the bus that the command uses."""

    def run(work):
        async def opened():
            bus = LocalBus(tmp_path / "bus.sqlite")
            try:
                await bus.ensure_topics(TOPICS.values())
                return await work(bus)
            finally:
                await bus.close()

        return asyncio.run(opened())

    return run


@pytest.fixture
def parked(on_bus):
    """Two letters wait."""

    async def park(bus):
        for offset in (4, 9):
            message = Message(TOPIC, 2, offset, 1_764_000_000_000, b"PKG-1", b'{"type": "ObjectEvent"', (("x", b"y"),))
            await bus.publish(
                [letter_for(message, code="not_json", explanation="It ends early.", group="distribution")]
            )

    on_bus(park)


def test_nothing_waits(amanah, on_bus):
    on_bus(lambda bus: bus.ends([TOPIC]))
    assert amanah("list") == (0, "No dead letters wait.\n")


@pytest.mark.usefixtures("parked")
def test_letters_are_listed_with_their_reasons(amanah):
    for arguments in (["list"], ["list", TOPIC]):
        code, output = amanah(*arguments)
        assert code == 0
        first, second = output.splitlines()[1:]
        assert first.split()[:2] == [TOPIC, "0"]
        assert "2:4" in first
        assert "2:9" in second
        assert "not_json" in first
        assert "It ends early." in first


@pytest.mark.usefixtures("parked")
def test_a_letter_is_shown_whole(amanah):
    code, output = amanah("show", TOPIC, "1")
    assert code == 0
    assert "from: logistics.intake.v1, partition 2, offset 9, published at 2025-11-24T16:00:00.000Z" in output
    assert "key: PKG-1" in output
    assert "header x: y" in output
    assert output.endswith('\n\n{"type": "ObjectEvent"\n')


@pytest.mark.usefixtures("parked")
def test_letters_are_sent_again(amanah, on_bus):
    assert amanah("replay", TOPIC, "1") == (0, f"1 sent again to {TOPIC}.\n")
    assert amanah("replay", TOPIC, "--all") == (0, f"1 sent again to {TOPIC}.\n")
    assert amanah("list") == (0, "No dead letters wait.\n")

    async def read(bus):
        subscription = await bus.subscribe([TOPIC], group=None, start=Start.EARLIEST)
        messages = await subscription.poll()
        await subscription.close()
        return messages

    assert [m.value for m in on_bus(read)] == [b'{"type": "ObjectEvent"'] * 2


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", TOPIC, "7"], 1, "No dead letter 7"),
        (["replay", TOPIC, "0", "7"], 1, "No dead letter 7"),
        (["replay", TOPIC], 2, "--all"),
        (["replay", TOPIC, "0", "--all"], 2, "--all"),
        (["list", "no.such.topic"], 2, "logistics.intake.v1"),
    ],
)
def test_what_cannot_be_done_is_said(amanah, arguments, code, said):
    exit_code, output = amanah(*arguments)
    assert exit_code == code
    assert said in output


def test_a_bus_that_was_never_set_up_is_said(amanah):
    code, output = amanah("list")
    assert code == 2
    assert "amanah topics apply" in output
