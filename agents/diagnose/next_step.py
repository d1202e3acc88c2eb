"""One cheap thing to try: the first template of the hypothesis whose facts are all known, filled with real things."""

from string import Formatter

from agents.diagnose.facts import facts
from agents.diagnose.subject import Subject
from models.checklist_file import ChecklistFile


def next_step(checklist: ChecklistFile, hypothesis: str, subject: Subject) -> str:
    """Fill the first template that can be filled; the checklist guarantees that the last one can."""
    known = facts(subject)
    templates = {each.code: each.next_steps for each in checklist.hypotheses}
    for template in templates.get(hypothesis, checklist.undetermined):
        if all(name in known for _, name, _, _ in Formatter().parse(template) if name is not None):
            return template.format_map(known)
    return ""
