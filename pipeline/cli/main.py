"""The commands."""

import typer

from pipeline.cli import (
    checklist,
    dead_letters,
    demo,
    erase,
    evaluate,
    explain,
    feedback,
    inspect,
    play,
    serve,
    setup,
    simulate,
)

app = typer.Typer(
    name="crickets",
    help="Finds the prompts of social learning that meet silence although responses were to be expected, and says "
    "why and what to try. Start with `crickets demo`.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals can hold secrets
    rich_markup_mode="markdown",
)
for module in (
    demo,
    play,
    inspect,
    explain,
    feedback,
    evaluate,
    simulate,
    dead_letters,
    erase,
    serve,
    setup,
    checklist,
):
    module.register(app)


def main() -> None:
    """Run the command line."""
    app()
