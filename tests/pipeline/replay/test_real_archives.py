"""The archives beside the project, counted straight from their lines and through the reader."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.replay import Past, open_source
from pipeline.settings import Settings
from schemas.dead_letter import DeadLetter
from schemas.event import MessagePosted, ReactionAdded
from schemas.response import Asked, ResponseRules, Responses
from tests.pipeline.replay.independent_count import count_silence

KEY = b"0123456789abcdef"
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
ARCHIVES = ("dd2030_slack", "ubuntu_irc")


@pytest.fixture(scope="module", params=ARCHIVES)
def archive(request: pytest.FixtureRequest) -> Path:
    path = DATA / f"{request.param}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"there is no ../shared/data/{path.name} beside the project")
    return path


@pytest.fixture(scope="module")
def past(archive: Path) -> Past:
    return open_source(archive, KEY, Settings(_env_file=None))


@pytest.fixture(scope="module")
def lines(archive: Path) -> list[dict[str, Any]]:
    with gzip.open(archive, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_nothing_is_lost_and_nothing_added(past: Past, lines: list[dict[str, Any]]) -> None:
    posted = [line for line in lines if line["kind"] != "tombstone"]
    human = [line for line in posted if not line["is_bot"]]
    expected = Counter(
        messages=len(posted),
        human_roots=sum(line["root"] == line["id"] for line in human),
        human_replies=sum(line["root"] != line["id"] for line in human),
        questions=sum(line["is_question"] for line in posted),
        reactions=sum(len({(r["author"], r["name"]) for r in line["reactions"]}) for line in posted),
        authors=len({line["author"] for line in posted}),
        length=sum(line["text_length"] for line in posted),
    )
    found: Counter[str] = Counter()
    authors = set()
    for event in past.read():
        match event:
            case MessagePosted():
                found["messages"] += 1
                found["human_roots"] += event.is_root and not event.bot
                found["human_replies"] += not event.is_root and not event.bot
                found["questions"] += event.traits.question
                found["length"] += event.traits.length
                authors.add(event.author)
            case ReactionAdded():
                found["reactions"] += 1
            case other:
                pytest.fail(f"unexpected: {type(other)}")
    found["authors"] = len(authors)
    assert found == +expected
    assert past.messages == expected["messages"]
    assert past.total == expected["messages"] + expected["reactions"]
    assert past.observed_until == max(line["ts"] for line in lines)


def test_events_are_in_the_order_of_time_and_have_ids_of_their_own(past: Past) -> None:
    events = [event for event in past.read() if not isinstance(event, DeadLetter)]
    times = [event.time for event in events]
    assert times == sorted(times)
    ids = {event.event_id for event in events if isinstance(event, MessagePosted | ReactionAdded)}
    assert len(ids) == len(events)


def test_reading_twice_gives_the_same_events(archive: Path, past: Past) -> None:
    again = open_source(archive, KEY, Settings(_env_file=None))
    assert all(one == other for one, other in zip(past.read(), again.read(), strict=True))


def test_members_are_pseudonyms(past: Past, lines: list[dict[str, Any]]) -> None:
    originals = {line["author"] for line in lines} | {r["author"] for line in lines for r in line["reactions"]}
    authors = {event.author for event in past.read() if isinstance(event, MessagePosted | ReactionAdded)}
    assert not authors & originals


def test_the_definition_of_a_response_finds_what_was_counted_independently(archive: Path, past: Past) -> None:
    counted = count_silence(archive)
    rules = ResponseRules(horizon_hours=168.0)
    roots: dict[tuple[str, str], tuple[Asked, Responses]] = {}
    for event in past.read():
        match event:
            case MessagePosted(thread=None):
                asked = Asked(message=event.message, author=event.author, posted_at=event.time)
                if not event.bot:
                    roots[event.conversation, event.message] = asked, Responses()
            case MessagePosted() | ReactionAdded():
                about = (event.thread or "") if isinstance(event, MessagePosted) else event.message
                if known := roots.get((event.conversation, about)):
                    known[1].apply(known[0], event, staff=False, rules=rules)
            case _:
                pass
    found = {message: len(responses.responders) for (_, message), (_, responses) in roots.items()}
    assert found == {root: len(who) for root, who in counted.responders_by_root.items()}
    assert sum(responses.tally()[1] for _, responses in roots.values()) == counted.responses
