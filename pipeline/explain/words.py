"""The story in words: what its status means, and what happened when."""

from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.clickhouse.render import moment
from pipeline.explain.story import Said, Story


class Happened(NamedTuple):
    """Something that happened, or is to come."""

    at: datetime
    what: str
    to_come: bool


def chance(value: float) -> str:
    """Print a probability in percent so that a small one does not look like none, and a large one not like certainty.

    >>> chance(0.42), chance(0.034), chance(0.00004), chance(0.9999), chance(1.0)
    ('42%', '3.4%', '< 0.1%', '> 99.9%', '100%')
    """
    if 0 < value < 0.001:
        return "< 0.1%"
    if 0.999 < value < 1:
        return "> 99.9%"
    return f"{value:.1%}" if value < 0.095 or 0.99 <= value < 1 else f"{value:.0%}"


def people(number: float) -> str:
    """Print a number of responders: counted ones whole, expected ones with a digit.

    >>> people(1), people(12), people(0.04), people(9.42)
    ('1 responder', '12 responders', '0.04 responders', '9.4 responders')
    """
    if isinstance(number, int):
        return f"{number} responder{'' if number == 1 else 's'}"
    return f"{number:.2f} responders" if number < 0.1 else f"{number:.1f} responders"


def age(hours: float) -> str:
    """Print how long after the posting something is.

    >>> age(0.004), age(0.05), age(0.999), age(6.3), age(26.0), age(168.0)
    ('14 s', '3 min', '1 h', '6 h 18 min', '1 d 2 h', '7 d')
    """
    seconds = round(hours * 3600)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(minutes / 60), 24, "d", "h")


def _two(number: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(number, size)
    return f"{whole} {large}" + (f" {rest} {small}" if rest else "")


def after(story: Story, at: datetime) -> str:
    """Print how long after the posting a moment is."""
    return age((at - story.posted.posted_at) / timedelta(hours=1))


def label(story: Story) -> str:
    """Return the status in a word or a few."""
    if story.came.status == "expired" and story.expected.deadline is None:
        return "too little to tell"
    return {"censored": "cut off", "expired": "ended in silence"}.get(story.came.status, story.came.status)


def explanation(story: Story) -> str:
    """Return what the status means, in one sentence."""
    expected, came = story.expected, story.came
    limit, horizon = chance(expected.alpha), _on(expected.horizon, "its horizon")
    too_little = (
        f"{chance(expected.p_zero_horizon)} of prompts like this one get no response at all, which is more than "
        f"{limit}, so silence alone proves nothing"
    )
    match came.status:
        case "open" if expected.deadline is not None:
            return f"Nobody has responded yet; that is no news before the deadline, {moment(expected.deadline)}."
        case "open":
            return f"Nobody has responded yet, and too little is expected to tell: {too_little}."
        case "answered":
            in_time = ", before silence would have been news" if expected.deadline else ""
            return f"{people(came.responders)} came, the first {_first(story)} after the posting{in_time}."
        case "silent" if _taken_back(story):
            return "Somebody had responded in time, but that was taken back after the deadline, and nobody else came."
        case "silent" if expected.deadline is not None:
            rest = f"nobody came until {horizon} either" if came.closed else f"responses count until {horizon}"
            return (
                f"Nobody had responded by the deadline, {after(story, expected.deadline)} after the posting, when only "
                f"{limit} of healthy prompts like this one are still silent; {rest}."
            )
        case "revived":
            return (
                f"It was called silent at its deadline, and then somebody came after all, "
                f"{_first(story)} after the posting: the finding was taken back."
            )
        case "expired" if expected.deadline is None:
            return f"Nobody responded until {horizon}, but too little was expected to tell: {too_little}."
        case "expired":
            return f"Nobody responded until {horizon}; its deadline was put off until then, so it is not called silent."
        case "censored":
            return (
                f"Nobody had responded when the observation ended ({moment(came.known_until)}), before {horizon}: "
                "what would have come is not known."
            )
        case "withdrawn":
            return f"It was deleted on {moment(came.time)}, so nobody can answer it and nothing more is counted."
        case other:
            return f"Its status is {other}."


def _taken_back(story: Story) -> bool:
    silent_at, deadline = story.came.silent_at, story.expected.deadline
    return silent_at is not None and deadline is not None and silent_at > deadline


def _weight(e_value: float) -> str:
    return f"{e_value:.1f}" if e_value < 100 else f"{e_value:,.0f}" if e_value < 1e6 else "more than a million"


def _first(story: Story) -> str:
    at = story.came.first_response_at
    return "an unknown time" if at is None else after(story, at)


def _on(at: datetime | None, otherwise: str) -> str:
    return otherwise if at is None else f"its horizon, {moment(at)}"


_FROM = {
    "asset_type": "such prompts to other personas",
    "everything": "prompts of all kinds",
    "prior": "what is assumed before anything is known",
}


def borrowed(story: Story) -> str:
    """Return what the expected responders rest on; empty: not recorded."""
    expected = story.expected
    if not expected.borrowed_from:
        return ""
    whence = _FROM.get(expected.borrowed_from, expected.borrowed_from)
    share = expected.borrowed
    own = f"{chance(1 - share)} on {_asked(story)} to {story.posted.persona}"
    mostly = f"{own}, {chance(share)} borrowed, mostly from {whence}"
    told = f"{chance(share)} on {whence}" if share >= 0.995 else mostly
    return f"{told}: more a guess than knowledge" if share > 0.5 else told


def chronic(story: Story) -> str:
    """Return that the segment is never answered, and what would be usual; empty: it is not so."""
    found = story.chronic
    if found is None:
        return ""
    usual = {
        "other_personas": "other personas answer {} of such prompts",
        "other_types": "they answer {} of what else they are asked",
        "past": "at their best they answered {}",
    }.get(found.reference_by, "{} would be usual").format(chance(1 - found.reference))
    return (
        f"nobody of {story.posted.persona} has answered {_asked(story)} since {moment(found.since)}, "
        f"{found.prompts} in a row ({usual}): what is expected here has got used to that"
    )


def _asked(story: Story) -> str:
    return f"{story.posted.asset_type.replace('_', ' ')} prompts"


def timeline(story: Story) -> list[Happened]:
    """Return what happened, and what is to come, in order."""
    posted, expected, came = story.posted, story.expected, story.came
    happened = [(posted.posted_at, f"posted; {posted.reach_total} members could see it")]
    if expected.deadline is not None:
        happened.append((expected.deadline, _at_the_deadline(story)))
    if came.first_response_at is not None:
        happened.append((came.first_response_at, "the first response came" + ", and revived it" * came.flagged))
    if came.status == "withdrawn":
        happened.append((came.time, "deleted by its author or an administrator"))
    elif expected.horizon is not None:
        happened.append((expected.horizon, f"horizon: from here on nothing counts; {_in_the_end(story)}"))
    if story.over_prompts is not None:
        happened.append((story.over_prompts.time, _together(story)))
    happened += [(said.time, _said(said)) for said in story.said]
    ordered = sorted(happened, key=lambda item: item[0])
    return [Happened(at, what, to_come=at > max(came.known_until, came.time)) for at, what in ordered]


_SAYS = {
    "confirmed": "confirmed: it is silent, and for the reason that was told",
    "expected": "silence is expected: nobody was meant to answer",
    "not_applicable": "not applicable: it is none of theirs",
    "false_alarm": "a false alarm: it was answered where Crickets does not look",
}


def _said(said: Said) -> str:
    what = _SAYS.get(said.says, f"another cause: {said.cause}")
    of_whom = f"{said.people} people, the latest" if said.people > 1 else "people"
    about = " of the asset" if said.level == "asset" else ""
    return f"{of_whom} said{about}: {what}" + (f" ({said.note})" if said.note else "")


def _at_the_deadline(story: Story) -> str:
    expected, came = story.expected, story.came
    told = "deadline: silence is news from here on"
    if _taken_back(story):
        return f"{told}; what had come was taken back on {moment(came.silent_at or came.time)}: called silent then"
    if came.flagged:
        return f"{told}. {people(expected.responders)} expected by then, nobody had come: called silent"
    if came.first_response_at is not None:
        return f"{told}; it had been answered"
    return told


def _in_the_end(story: Story) -> str:
    if not story.came.closed:
        return f"{people(story.expected.responders_horizon)} expected by then"
    return f"{people(story.came.responders)} came, {people(story.expected.responders_horizon)} had been expected"


def _together(story: Story) -> str:
    run = story.over_prompts
    assert run is not None
    if run.state == "revived":
        return f"the asset, called dead over {run.prompts} prompts in a row that nobody answered, was answered again"
    return (
        f"the asset is called dead: {run.prompts} prompts in a row that nobody answered weigh {_weight(run.e_value)} "
        f"together (e-value); a healthy asset gets to {run.limit:g} at most once in {run.limit:g} prompts on average"
    )
