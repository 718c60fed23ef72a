"""Runs the demo: starts everything, plays the story, shows the summary, and stays up."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp

from amanah.cli.audit.key_command import signing_keys
from amanah.cli.log_copy import Unreachable
from amanah.cli.process import Running, running, token, until_stopped
from amanah.demo.attempts import NotRefused
from amanah.demo.client import ApiError
from amanah.demo.context import WaitTimeout
from amanah.demo.screen import Screen
from amanah.demo.story import OtherDemo, System, play_story
from amanah.demo.summary import Summary

_INTERRUPTED = 130


async def run_demo(
    data: Path, port: int, recipients: int | None, seed: int | None, report: Path | None, leave: bool
) -> int:
    """Plays on the data folder and gives the exit code. Raises CannotStart and BadSettings."""
    screen = Screen()
    screen.say(f"Starting everything on {data} ...")
    async with running(data, port, quiet=True) as found:
        screen.say(f"Amanah is up at {found.url}. Its users and tokens are for trials only.")
        try:
            summary = await _unless_stopped(lambda: play_story(_system(found), data / "demo", screen, recipients, seed))
        except BaseException as error:
            return _report_error(error)
        summary.show(screen)
        if report is not None:
            summary.write(report)
        if not leave:
            summary.write_tokens(screen, data / "demo" / "tokens")
            screen.say("")
            screen.say("Amanah stays up. Press Ctrl-C to stop it; the same command starts it again.")
            await until_stopped()
        return 0 if summary.audit_verified else 1


def _system(found: Running) -> System:
    def expired() -> str:
        return token(found.data, "SUPERVISOR", "ID", "Lama Contoh", timedelta(hours=-1))

    def foreign() -> str:
        with tempfile.TemporaryDirectory() as elsewhere:
            return token(Path(elsewhere), "ADMIN", "ID", "Asing Contoh")

    return System(
        url=found.url,
        audit_key=str(signing_keys(found.data)[0].verifier),
        issue=lambda role, area, name: token(found.data, role, area, name),
        expired=expired,
        foreign=foreign,
    )


async def _unless_stopped(work: Callable[[], Awaitable[Summary]]) -> Summary:
    """Does the work; SIGTERM and SIGINT cancel it, so that everything below is stopped in order."""
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _report_error(error: BaseException) -> int:
    """Prints an expected error and returns the exit code. Raises any other error."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case OtherDemo():
            print(error, file=sys.stderr)
            return 2
        case ApiError() | NotRefused() | WaitTimeout() | Unreachable() | aiohttp.ClientError():
            print(f"The demo stopped: {error}\nRun the same command to continue where it stopped.", file=sys.stderr)
            return 1
        case asyncio.CancelledError():
            print("Stopped. Run the same command to continue where it stopped.", file=sys.stderr)
            return _INTERRUPTED
    raise error
