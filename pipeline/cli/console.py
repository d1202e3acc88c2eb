"""What all commands share: settings, errors for people, progress, and the option --json."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from pipeline.console import err, tell
from pipeline.settings import PREFIX, Settings, variables
from schemas.errors import CricketsError

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

TESTS = f"{PREFIX}TEST_"
"""Variables of the tests, which are no settings."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, the last line of stdout.")]


def load_settings() -> Settings:
    """Read the settings; what is wrong is told variable by variable."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
            tell(err, f"[red]{name}[/]: {problem['msg']}")
        raise typer.Exit(2) from None
    for name in unknown_variables(os.environ):
        tell(err, f"[yellow]{name} is no setting and is passed over[/]: `crickets settings` lists all of them")
    return settings


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Return the variables that look like settings and are none: misspelt, most likely."""
    known = {name for name, _, _ in variables(Settings.model_construct())}
    return sorted(
        name for name in environment if name.startswith(PREFIX) and not name.startswith(TESTS) and name not in known
    )


@contextmanager
def explained() -> Iterator[None]:
    """Show an error that Crickets can explain as its text, and leave with status 1; Ctrl-C ends quietly with 130."""
    try:
        yield
    except CricketsError as error:
        tell(err, f"[red]{type(error).__name__}[/]: {escape(str(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


@contextmanager
def tables(settings: Settings) -> Iterator["Client"]:
    """Give a client to the tables while the block runs; what goes wrong is explained."""
    from pipeline.clickhouse.client import connect
    from pipeline.stack import running_clickhouse

    with explained(), running_clickhouse(settings) as url:
        client = connect(settings.clickhouse, url)
        try:
            yield client
        finally:
            client.close()


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
