"""One cheap thing to try: the first template of the hypothesis whose facts are all known, filled with real things."""

from collections.abc import Iterable
from string import Formatter

from agents.diagnose.facts import facts
from agents.diagnose.subject import Subject
from models.checklist_file import ChecklistFile
from schemas.anomaly import UNDETERMINED


def next_steps(checklist: ChecklistFile, subject: Subject) -> dict[str, str]:
    """Return what to try for each hypothesis, and when none leads.

    Of each the first template is filled that can be; the checklist guarantees that the last one can.
    """
    known = facts(subject)
    templates = {each.code: each.next_steps for each in checklist.hypotheses}
    return {code: _filled(each, known) for code, each in {**templates, UNDETERMINED: checklist.undetermined}.items()}


def _filled(templates: Iterable[str], known: dict[str, str]) -> str:
    for template in templates:
        if all(name in known for _, name, _, _ in Formatter().parse(template) if name is not None):
            return template.format_map(known)
    return ""
