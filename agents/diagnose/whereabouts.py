"""Evidence from the place: where the people are, and what the channel is like."""

from agents.diagnose.found import Found, counted, plural
from agents.diagnose.subject import Subject

NOTHING = 0.1
"""Decayed messages a week below which nobody has written lately."""


def active_here(subject: Subject) -> Found | None:
    """How active the audience is here, measured by the best other place."""
    places = subject.places
    if places is None or (places.best_weekly < subject.minimum_weekly and places.here < subject.minimum_weekly):
        return None
    ratio = places.here / places.best_weekly if places.best_weekly > places.here / 100 else 100.0
    size = f"{subject.size} " if subject.size else ""
    if places.here < NOTHING:
        nobody = "none of the" if subject.size else "no"
        here = f"{nobody} {size}{subject.people} members wrote or reacted here in the last weeks"
    else:
        here = f"the {size}{subject.people} members wrote or reacted here about {counted(places.here)} times a week"
    if places.best_weekly < NOTHING:
        return Found(ratio, f"{here}, and nowhere else")
    return Found(
        ratio, f"{here}; in {places.best} they wrote or reacted about {counted(places.best_weekly)} times a week"
    )


def busy_elsewhere(subject: Subject) -> Found | None:
    """How much the audience writes in the best other place."""
    places = subject.places
    if places is None or places.best_weekly < NOTHING:
        return None
    return Found(
        places.best_weekly,
        f"{subject.people} wrote or reacted about {counted(places.best_weekly)} times a week in {places.best}",
    )


def activity_each(subject: Subject) -> Found | None:
    """How much one of the audience writes anywhere."""
    places, size = subject.places, subject.size
    if places is None or size is None:
        return None
    each = (places.here + places.elsewhere) / size
    return Found(
        each, f"each of {subject.people} writes or reacts about {counted(each)} times a week, all channels together"
    )


def channel_age_days(subject: Subject) -> Found | None:
    """How old the channel is."""
    if subject.surroundings is None or subject.surroundings.channel_age_hours <= 0:
        return None
    days = subject.surroundings.channel_age_hours / 24
    return Found(days, f"{subject.channel} was first seen {plural(days, 'day')} before")


def channel_used(subject: Subject) -> Found | None:
    """Which share of the channel's members is active in it."""
    around = subject.surroundings
    channel = subject.known.channel(subject.prompt.source, subject.prompt.conversation)
    members = (around.channel_members if around else 0) or len(channel.members if channel else ())
    if around is None or members == 0:
        return None
    active = min(around.active_members, members)
    return Found(
        active / members, f"{active} of the {plural(members, 'member')} of {subject.channel} were active there lately"
    )


def seen_share(subject: Subject) -> Found | None:
    """Which share of those who could see it had done so when it was judged, where a source tells."""
    viewers, reached = subject.verdict.viewers, sum(subject.prompt.reach.values())
    if viewers is None or reached < subject.smallest_group:
        return None
    seen = min(viewers, reached)
    return Found(
        seen / reached, f"{seen or 'none'} of the {plural(reached, 'member')} who could see it had done so by then"
    )


def competing_prompts(subject: Subject) -> Found | None:
    """How many other prompts asked for the same attention."""
    if subject.surroundings is None:
        return None
    others = subject.surroundings.competing_prompts
    stood = f"{plural(others, 'other prompt')} stood" if others else "no other prompt stood"
    return Found(float(others), f"{stood} in {subject.channel} in the day before")
