"""What is measured of a Slack text while it passes: its markup is taken off, the rest is counted and forgotten."""

import re
from re import Match

from models.ask import classify
from schemas.event import Traits

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_ANGLE = re.compile(r"<([^<>]*)>")
_BARE_LINK = re.compile(r"\b(?:https?://|www\.)\S+")
_TAG = re.compile(r"(?<![\w/#&])#asset:([A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?)(?![A-Za-z0-9])")
_BROADCAST = ("!here", "!channel", "!everyone")


def measure(text: str, *, file: bool = False) -> Traits:
    """Measure a text.

    >>> measure("<!here> what do you think of <https://example.org/a?b|this>?")
    Traits(length=26, question=True, broadcast=True, mentions=0, link=True, code=False, file=False, \
ask=<AssetType.DISCUSSION: 'discussion'>)
    """
    broadcast = link = False
    mentions = 0

    def unwrap(markup: Match[str]) -> str:
        nonlocal broadcast, link, mentions
        target, _, label = markup[1].partition("|")
        if target.startswith(("@", "!subteam^")):
            mentions += 1
            return ""
        if target.startswith("!"):
            broadcast = broadcast or target in _BROADCAST
            return label if target.startswith("!date^") else ""
        if target.startswith("#"):
            return label
        link = True
        return " "  # also its label, which is often the address again

    without_code, spans = _CODE.subn(" ", text)
    words = _BARE_LINK.sub(" ", _ANGLE.sub(unwrap, without_code))
    words = _plain(words)
    return Traits(
        length=len(_plain(_ANGLE.sub(_visible, text)).strip()),
        question="?" in words,
        broadcast=broadcast,
        mentions=mentions,
        link=link or bool(_BARE_LINK.search(without_code)),
        code=spans > 0,
        file=file,
        ask=classify(words),
    )


def asset_tag(text: str) -> str | None:
    """Return the asset that a text names by a tag.

    >>> asset_tag("Episode 3 is out, give it a thumbs up! #asset:podcast-3.")
    'podcast-3'
    """
    tag = _TAG.search(_ANGLE.sub(" ", text))
    return tag[1] if tag else None


def _visible(markup: Match[str]) -> str:
    target, _, label = markup[1].partition("|")
    return "" if target.startswith("@") or (target.startswith("!") and not target.startswith("!date^")) else label


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
