"""Silence in a young programme: nobody is alarmed, it is told as building."""

from collections.abc import Mapping

from agents.diagnose.found import Found
from agents.diagnose.subject import Subject

_CAUSE = "slow_build"


def young_until(subject: Subject, hypothesis: str, found: Mapping[str, Found]) -> float:
    """Return from how many prompts on the programme is no longer young; 0: this silence is not told as building.

    A silent prompt or asset is building when fewer prompts to those it is for have run their course, and the checklist
    finds that this is why. Where another cause leads, a young programme is told of it at once; where it is not known
    how young a programme is, it is not taken for young.
    """
    verdict, age = subject.verdict, found.get("programme_prompts")
    if verdict.verdict not in ("silent", "expired") or verdict.level not in ("prompt", "asset"):
        return 0.0
    young = hypothesis == _CAUSE and age is not None and float(age.value) < subject.young_prompts
    return subject.young_prompts if young else 0.0
