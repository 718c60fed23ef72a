"""`amanah deadletter`: look at messages that could not be consumed, and send them again once the cause is mended.

Exit codes: 0 done, 1 there is no such letter, 2 the bus cannot be reached or the command was wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from amanah.cli.process import or_exit, the_bus
from amanah.contracts.errors import NotFound, Unavailable
from amanah.contracts.message import rfc3339
from amanah.contracts.topics import TOPICS, dead_letters
from amanah.runtime import settings as settings_module
from amanah.runtime.bus.deadletter import DeadLetters, Letter

app = typer.Typer(no_args_is_help=True, help="Messages that could not be consumed: look at them, send them again.")

Topic = Annotated[str, typer.Argument(help="The topic that the messages were on, such as recipients.events.v1")]
Data = Annotated[Path, typer.Option(help="The data folder of `amanah up`; not needed with KAFKA_BOOTSTRAP_SERVERS")]

_HERE = Path(".amanah")


@app.command("list")
def list_letters(
    topic: Annotated[str, typer.Argument(help="The topic that the messages were on; all of them without it")] = "",
    data: Data = _HERE,
) -> None:
    """List the letters that wait, the oldest first, with the reason.

    Example: amanah deadletter list logistics.intake.v1
    """

    async def work(dead: DeadLetters) -> None:
        table = Table("topic", "letter", "parked at", "by", "from", "code", "explanation", box=None)
        for each in [topic] if topic else await dead.topics():
            async for letter in dead.waiting(each):
                place = f"{letter.partition}:{letter.offset}"
                table.add_row(
                    each, str(letter.number), rfc3339(letter.parked_at), letter.group, place,
                    letter.code, letter.explanation,
                )  # fmt: skip
        if table.row_count:
            Console(width=None if Console().is_terminal else 240, soft_wrap=True).print(table)
        else:
            typer.echo("No dead letters wait.")

    _on_bus(data, topic, work)


@app.command()
def show(
    topic: Topic,
    letter: Annotated[int, typer.Argument(help="The letter's number, as `list` shows it")],
    data: Data = _HERE,
) -> None:
    """Show one letter whole. The message is as its sender wrote it: it may hold personal data.

    Example: amanah deadletter show logistics.intake.v1 12
    """

    async def work(dead: DeadLetters) -> None:
        typer.echo("\n".join(_lines(await dead.show(topic, letter))))

    _on_bus(data, topic, work)


@app.command()
def replay(
    topic: Topic,
    letters: Annotated[list[int] | None, typer.Argument(help="The letters' numbers")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait")] = False,
    data: Data = _HERE,
) -> None:
    """Send letters again to where they came from. Consumers that had taken them meanwhile take them no second time.

    Example: amanah deadletter replay logistics.intake.v1 12 13
    """
    if bool(letters) == everything:
        _fail(2, "Name the letters to send again, or say --all.")

    async def work(dead: DeadLetters) -> None:
        count = await dead.replay(topic, letters or None)
        typer.echo(f"{count} sent again to {topic}.")

    _on_bus(data, topic, work)


def _discreet(name: str, text: str) -> str:
    """A partner's token still opens doors until it expires; a screen is no place for it."""
    return "(not shown)" if name == "amanah-token" else text


def _lines(letter: Letter) -> list[str]:
    message = letter.message
    about = {
        "letter": f"{letter.number}, parked at {rfc3339(letter.parked_at)} by {letter.group}",
        "code": letter.code,
        "explanation": letter.explanation,
        "from": f"{letter.topic}, partition {letter.partition}, offset {letter.offset}, published at {letter.time}",
        "key": "none" if message.key is None else message.key.decode("utf-8", "backslashreplace"),
    }
    headers = {name: value.decode("utf-8", "backslashreplace") for name, value in letter.original().headers}
    return [
        *(f"{name}: {text}" for name, text in about.items()),
        *(f"header {name}: {_discreet(name, text)}" for name, text in headers.items() if not name.startswith("dlq_")),
        "",
        message.value.decode("utf-8", "backslashreplace"),
    ]


def _on_bus(data: Path, topic: str, work: Callable[[DeadLetters], Awaitable[None]]) -> None:
    """Do the work on the bus that the settings name."""
    if topic and dead_letters(topic) not in TOPICS:
        having = sorted(name for name in TOPICS if dead_letters(name) in TOPICS)
        _fail(2, f"{topic} has no dead letters; these topics have: {', '.join(having)}.")

    async def run() -> None:
        settings = settings_module.load(data=data)
        async with the_bus(settings) as bus:
            await work(DeadLetters(bus))

    try:
        or_exit(lambda: asyncio.run(run()))
    except NotFound as error:
        _fail(1, error.message)
    except Unavailable as error:
        _fail(2, error.message)


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
