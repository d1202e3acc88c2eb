"""A silent channel: what is known of the place, not of what one asset asks for, and what to try there."""

from agents.diagnose.found import counted, plural
from agents.diagnose.subject import Subject
from schemas.anomaly import Evidence

CODE = "silent_in_channel"
"""Code of the sentence that says what was found; the checklist does not weigh it."""

_OF_A_PLACE = frozenset(
    {
        *("active_here", "busy_elsewhere", "activity_each", "channel_age_days", "channel_used", "competing_prompts"),
        *("channel_silence", "personas_reached", "programme_prompts"),
    }
)


def applies(code: str, level: str) -> bool:
    """Tell whether an item of the evidence says anything about what is silent at a level.

    >>> applies("wiifm_named", "asset"), applies("wiifm_named", "channel"), applies("channel_used", "channel")
    (True, False, True)
    """
    return level != "channel" or code in _OF_A_PLACE


def channel_run(subject: Subject) -> tuple[Evidence, ...]:
    """Say how many prompts and assets met silence there in a row; nothing at other levels."""
    verdict = subject.verdict
    if verdict.level != "channel" or verdict.verdict != "silent":
        return ()
    of = "" if verdict.assets >= verdict.prompts else f" of {plural(verdict.assets, 'asset')}"
    sentence = f"{plural(verdict.prompts, 'prompt')}{of} in a row without a response in {subject.channel}"
    return (Evidence(code=CODE, value=float(verdict.prompts), sentence=sentence),)


def channel_step(subject: Subject) -> str:
    """Return what to try in a silent channel; nothing at other levels."""
    if subject.verdict.level != "channel":
        return ""
    places = subject.better_place
    if places is None:
        return (
            f"Before anything else is posted in {subject.channel}: ask three people of {subject.people} whether they "
            f"look there, and where they talk with each other."
        )
    return (
        f"Post the next prompt in {places.best}, where {subject.people} wrote or reacted about "
        f"{counted(places.best_weekly)} times a week (in {subject.channel} about {counted(places.here)}); if it is "
        f"answered there, move the others, too."
    )
