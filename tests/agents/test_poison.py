"""A record that makes an agent raise: the letter says where, and nothing of what was in it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from agents.effects import Record, Send
from agents.normalise.normalise import normalise
from agents.poison import MOST_FRAMES, poisoned, trace
from models.e_detector import EDetector
from schemas.dead_letter import DeadLetter
from schemas.event import Event
from schemas.topic import Topic
from schemas.webhook import Webhook

SECRET = "what somebody wrote"
RECORD = Record("events", 3, 14, b"slack:C1", SECRET.encode())


def look_up(words: Mapping[str, str]) -> str:
    return words[SECRET]


def recurse(depth: int) -> str:
    return recurse(depth - 1) if depth else look_up({})


def wrapped() -> None:
    try:
        look_up({})
    except KeyError as error:
        raise RuntimeError(SECRET) from error


def caught(function: Callable[..., Any], *arguments: Any) -> BaseException:
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it raises is looked at
        return error
    pytest.fail("it does not raise")


def letter_of(error: BaseException, tries: int = 3) -> DeadLetter:
    sent = poisoned(RECORD, "track", error, tries)
    assert isinstance(sent, Send) and isinstance(sent.value, DeadLetter)
    assert (sent.topic, sent.key, sent.partition) == (Topic.DEAD_LETTERS, "slack", None)
    return sent.value


def test_the_letter_points_to_the_record_and_says_where_and_how_often() -> None:
    letter = letter_of(caught(look_up, {}))
    assert letter.dead_letter_id == "track/events/3/14"
    assert (letter.source, letter.error, letter.tries) == ("slack", "KeyError", 3)
    assert re.fullmatch(
        r"agent track raised KeyError at tests/agents/test_poison.py:\d+, 3 times in a row", letter.reason
    )
    assert "in a row" not in letter_of(caught(look_up, {}), tries=1).reason


def test_frames_are_places_in_the_project_and_the_innermost_is_the_last() -> None:
    *_, outer, inner, kind = letter_of(caught(recurse, 2)).traceback.splitlines()
    assert re.fullmatch(r"tests/agents/test_poison.py:\d+ in recurse", outer)
    assert re.fullmatch(r"tests/agents/test_poison.py:\d+ in look_up", inner)
    assert kind == "KeyError"


@pytest.mark.parametrize(
    "function", [look_up, lambda _: wrapped(), lambda _: json.loads(SECRET), lambda _: int(SECRET)]
)
def test_neither_message_nor_value_nor_a_path_of_this_machine_is_repeated(function: Callable[..., Any]) -> None:
    letter = letter_of(caught(function, {}))
    assert SECRET not in letter.model_dump_json()
    assert not re.search(r"(^|\n)/", letter.traceback)


def test_only_the_innermost_frames_are_kept() -> None:
    first, *frames, inner, kind = letter_of(caught(recurse, 50)).traceback.splitlines()
    assert re.fullmatch(r"\(\d+ frames before these\)", first)
    assert len(frames) + 1 == MOST_FRAMES
    assert inner.endswith("in look_up") and kind == "KeyError"


def test_causes_are_named_by_type_and_place() -> None:
    *_, kind, cause = trace(caught(wrapped)).splitlines()
    assert kind == "RuntimeError"
    assert re.fullmatch(r"caused by KeyError at tests/agents/test_poison.py:\d+", cause)


def test_a_chain_of_causes_that_is_a_ring_ends() -> None:
    one, other = RuntimeError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert trace(one).count("caused by") == 3


def test_the_reason_names_our_own_code_where_a_library_raised() -> None:
    error = caught(lambda: EDetector(alpha=0.1).learn_one(silent=True, p_zero=SECRET))  # type: ignore[arg-type]
    assert re.search(r"raised \w+ at models/e_detector.py:\d+", letter_of(error).reason)


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    letter = letter_of(ValueError(SECRET), tries=1)
    assert (letter.reason, letter.traceback) == ("agent track raised ValueError", "ValueError")


def test_the_same_record_poisoned_twice_is_the_same_letter() -> None:
    assert letter_of(caught(look_up, {})).dead_letter_id == letter_of(caught(recurse, 3)).dead_letter_id


def test_a_translator_that_raises_leaves_its_traceback_too() -> None:
    def translate(_: Webhook) -> Iterator[Event]:
        raise KeyError(SECRET)

    webhook = Webhook(source="slack", received_at=1.0, body=SECRET)
    record = Record(Topic.WEBHOOKS, 0, 0, b"slack:C1", webhook.wire())
    [sent] = normalise([record], translators={"slack": translate})
    assert isinstance(sent, Send) and isinstance(sent.value, DeadLetter)
    assert sent.value.traceback.endswith(
        "in test_a_translator_that_raises_leaves_its_traceback_too.<locals>.translate\nKeyError"
    )
    assert SECRET not in sent.value.model_dump_json()
