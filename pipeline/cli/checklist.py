"""The command `checklist`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from pipeline.cli.console import Json, explained, load_settings
from pipeline.console import err, out, print_json, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Set up")(checklist)


def checklist(
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Check this file instead, without putting it in force.")
    ] = None,
    json: Json = False,
) -> None:
    """Print the checklist in force: questions, findings, next steps and how each piece of evidence counts.

    To have your own: `crickets checklist > own.yaml`, change it, `crickets checklist --check own.yaml`, and set
    CRICKETS_CHECKLIST=own.yaml for every worker. What is wrong in a file is told with its lines, and status 1.
    """
    from agents.diagnose import EVIDENCE
    from models.checklist_file import checklist_text, load_checklist
    from pipeline.checklist import checklist_path

    path = check or checklist_path(load_settings())
    with explained():
        file = load_checklist(path, codes=EVIDENCE)
        text = checklist_text(path)
    name, asked = str(path or "the package's checklist"), [item.code for item in file.evidence]
    unasked = [code for code in EVIDENCE if code not in asked]
    if json:
        facts: dict[str, Any] = {"file": None if path is None else str(path), "digest": file.digest}
        print_json(facts | {"hypotheses": [h.code for h in file.hypotheses], "evidence": asked, "not_weighed": unasked})
        return
    if check is None:
        sys.stdout.write(text)
    about = f"{len(file.hypotheses)} hypotheses, {len(asked)} items of evidence, digest {file.digest}"
    tell(out if check else err, f"{escape(name)}: {about}" + ("; it is right" if check else ""))
    if unasked:
        tell(err, f"shown, but not weighed: {', '.join(unasked)}")
