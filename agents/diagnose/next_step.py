"""One cheap thing to try: the first template of the hypothesis whose facts are all known, filled with real things."""

from collections.abc import Iterable
from string import Formatter

from agents.diagnose.facts import facts
from agents.diagnose.subject import Subject
from models.checklist_file import ChecklistFile


def next_step(checklist: ChecklistFile, hypothesis: str, subject: Subject) -> str:
    """Fill the first template that can be filled; the checklist guarantees that the last one can."""
    return next_steps(checklist, (hypothesis,), subject)[hypothesis]


def next_steps(checklist: ChecklistFile, hypotheses: Iterable[str], subject: Subject) -> dict[str, str]:
    """Return the next step for each hypothesis; what is known of the subject is looked up once."""
    known = facts(subject)
    templates = {each.code: each.next_steps for each in checklist.hypotheses}
    return {code: _filled(templates.get(code, checklist.undetermined), known) for code in hypotheses}


def _filled(templates: Iterable[str], known: dict[str, str]) -> str:
    for template in templates:
        if all(name in known for _, name, _, _ in Formatter().parse(template) if name is not None):
            return template.format_map(known)
    return ""
