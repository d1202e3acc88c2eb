"""What all commands share: settings, errors for people, progress, and --json."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from pipeline.settings import Settings
from schemas.errors import CricketsError

err = Console(stderr=True)
"""Where everything goes that is not the result."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, the last line of stdout.")]


def load_settings() -> Settings:
    """Read the settings; what is wrong is told variable by variable."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = "CRICKETS_" + "__".join(str(part) for part in problem["loc"]).upper()
            err.print(f"[red]{name}[/]: {problem['msg']}")
        raise typer.Exit(2) from None


@contextmanager
def explained() -> Iterator[None]:
    """Show an error that Crickets can explain as its text, and leave with status 1; Ctrl-C ends quietly with 130."""
    try:
        yield
    except CricketsError as error:
        err.print(f"[red]{type(error).__name__}[/]: {error}", highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


def print_json(value: Any) -> None:
    """Print the result as one line."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


class Steps:
    """A progress bar a step; shown on stderr."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far a step has come."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total or None)
        self._progress.update(self._tasks[what], completed=done, total=total or None)


@contextmanager
def steps() -> Iterator[Steps]:
    """Show progress bars while the block runs."""
    with Progress(
        TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    ) as progress:
        yield Steps(progress)
