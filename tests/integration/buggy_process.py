"""The product with two bugs that tell in their exceptions what they were given: `python -m ... worker`."""

from collections.abc import Iterator
from typing import Any

from agents.effects import Effect
from agents.normalise import slack_messages
from agents.track.track import Track
from pipeline.cli import main
from schemas.event import Traits

IN_THE_TRANSLATOR = "translatorbug"
IN_AN_AGENT = "agentbug"  # an asset_id: agents see no text


def install() -> None:
    """Put the bugs in."""
    measure = slack_messages.measure

    def buggy(text: str, *, file: bool = False) -> Traits:
        if IN_THE_TRANSLATOR in text:
            msg = f"a bug at {text}"
            raise ValueError(msg)
        return measure(text, file=file)

    happen = Track._happen

    def raising(track: Track, event: Any) -> Iterator[Effect]:
        if getattr(event, "asset_id", None) == IN_AN_AGENT:
            msg = f"a bug at {event!r}"
            raise ValueError(msg)
        return happen(track, event)

    slack_messages.measure = buggy
    Track._happen = raising  # type: ignore[method-assign]


if __name__ == "__main__":
    install()
    main()
