"""The checklist in force: the one that the settings name, else the one of the package."""

from pathlib import Path

from agents.diagnose import EVIDENCE
from models.checklist import Checklist
from models.checklist_file import ChecklistFile, load_checklist
from pipeline.settings import Settings


def checklist_path(settings: Settings) -> Path | None:
    """Return where the checklist in force stands; None: in the package."""
    return Path(settings.checklist).expanduser() if settings.checklist else None


def checklist_file(settings: Settings) -> ChecklistFile:
    """Read the checklist in force.

    Raises
    ------
    ChecklistError
        It cannot be used; one line a problem, with file and line.
    """
    return load_checklist(checklist_path(settings), codes=EVIDENCE)


def new_checklist(settings: Settings) -> Checklist:
    """Return the checklist in force, before any feedback; raises like `checklist_file`."""
    return Checklist(checklist_file(settings))
