"""Output of the demo: progress bars and tables on a terminal, plain lines anywhere else."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


class Bar(Protocol):
    """Counts up one piece of work."""

    def step(self) -> None:
        """Counts one more."""


class _RichBar:
    def __init__(self, progress: Progress, title: str, total: int, done: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total, completed=done)

    def step(self) -> None:
        self._progress.advance(self._task)


class _PlainBar:
    """A line at every quarter."""

    def __init__(self, console: Console, title: str, total: int, done: int) -> None:
        self._console, self._title, self._total, self._done = console, title, total, done

    def step(self) -> None:
        before, self._done = self._done, self._done + 1
        if self._done * 4 // self._total > before * 4 // self._total:
            self._console.print(f"    {self._title}: {self._done} of {self._total}")


class Bars:
    """The bars of one part."""

    def __init__(self, console: Console, progress: Progress | None) -> None:
        self._console = console
        self._progress = progress

    def add(self, title: str, total: int, done: int = 0) -> Bar:
        """A bar of `total` steps, `done` of which are done already."""
        if self._progress is None:
            return _PlainBar(self._console, title, total, done)
        return _RichBar(self._progress, title, total, done)


class Screen:
    """Prints the story."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A reader of a file or a pipe sees each line at once, also when the process is killed.
            sys.stdout.reconfigure(line_buffering=True)

    def heading(self, title: str) -> None:
        """Prints the heading of a part."""
        self.console.print(f"\n[bold]{title}[/bold]")

    def say(self, text: str) -> None:
        """Prints a line."""
        self.console.print(f"  {text}", markup=False)

    def refused(self, attempt: str, code: str) -> None:
        """Prints a refused attempt with the error code."""
        self.console.print(f"  [red]refused[/red] {attempt}: [bold]{code}[/bold]")

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """Bars on a terminal; lines elsewhere."""
        if not self.console.is_terminal:
            yield Bars(self.console, None)
            return
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            yield Bars(self.console, progress)

    def table(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Prints a table of two columns."""
        if not self.console.is_terminal:
            self.console.print(f"\n{title}", markup=False)
            width = max(len(name) for name, _ in rows)
            for name, value in rows:
                self.console.print(f"  {name:<{width}}  {value}", markup=False)
            return
        table = Table(title=title, title_justify="left", show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows:
            table.add_row(name, value)
        self.console.print()
        self.console.print(table)
