"""`amanah deadletter`: lists and shows dead letters, and replays them once the cause is fixed.

Exit codes: 0 done, 1 unknown letter, 2 the bus cannot be reached or the command is wrong.
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

app = typer.Typer(no_args_is_help=True, help="Dead letters: list, show and replay messages that could not be consumed.")

Topic = Annotated[str, typer.Argument(help="Topic of the messages, such as recipients.events.v1")]
Data = Annotated[Path, typer.Option(help="Data folder of `amanah up`; not needed with KAFKA_BOOTSTRAP_SERVERS")]

_HERE = Path(".amanah")


@app.command("list")
def list_letters(
    topic: Annotated[str, typer.Argument(help="Topic of the messages; all topics by default")] = "",
    data: Data = _HERE,
) -> None:
    """List the dead letters, the oldest first, with the reason.

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
    letter: Annotated[int, typer.Argument(help="Number of the letter in `list`")],
    data: Data = _HERE,
) -> None:
    """Show one letter with its whole message, which may hold personal data.

    Example: amanah deadletter show logistics.intake.v1 12
    """

    async def work(dead: DeadLetters) -> None:
        typer.echo("\n".join(_lines(await dead.show(topic, letter))))

    _on_bus(data, topic, work)


@app.command()
def replay(
    topic: Topic,
    letters: Annotated[list[int] | None, typer.Argument(help="Numbers of the letters")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All letters of the topic")] = False,
    data: Data = _HERE,
) -> None:
    """Send letters to their topic again. A consumer that has handled a message in the meantime ignores the repeat.

    Example: amanah deadletter replay logistics.intake.v1 12 13
    """
    if bool(letters) == everything:
        _fail(2, "No letters given. Give their numbers, or --all.")

    async def work(dead: DeadLetters) -> None:
        count = await dead.replay(topic, letters or None)
        typer.echo(f"{count} sent again to {topic}.")

    _on_bus(data, topic, work)


def _redact(name: str, text: str) -> str:
    """Hides a partner's token, which is valid until it expires."""
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
        *(f"header {name}: {_redact(name, text)}" for name, text in headers.items() if not name.startswith("dlq_")),
        "",
        message.value.decode("utf-8", "backslashreplace"),
    ]


def _on_bus(data: Path, topic: str, work: Callable[[DeadLetters], Awaitable[None]]) -> None:
    """Does the work on the bus of the settings."""
    if topic and dead_letters(topic) not in TOPICS:
        having = sorted(name for name in TOPICS if dead_letters(name) in TOPICS)
        _fail(2, f"{topic} has no dead letters. Choose one of {', '.join(having)}.")

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
