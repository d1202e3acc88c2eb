"""The story as people read it."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.explain.picture import NothingToDrawError, draw
from pipeline.explain.render import render
from pipeline.explain.story import Chronic, Stage, Story
from tests.factories.stories import after, diagnosis, posting, story


def printed(told: Story, width: int = 80) -> str:
    screen = io.StringIO()
    Console(file=screen, width=width, highlight=False).print(render(told))
    return screen.getvalue()


def flowing(told: Story) -> str:
    return " ".join(printed(told).split())


@pytest.mark.parametrize("width", [80, 100, 120])
def test_nothing_is_cut_off_in_any_width(width: int) -> None:
    long = replace(story().posted, prompt_id="slack:" + "C" * 90 + ":1.2", title="A podcast " * 15)
    course = [replace(stage, hours=20.82, p_zero=0.99995, expected=1234.5) for stage in story().course]
    text = printed(story(posted=long, course=course), width)
    assert "…" not in text
    assert "C" * 90 in text.replace("\n", "").replace(" ", "") and max(map(len, text.splitlines())) <= width


def test_every_part_of_the_story_is_there() -> None:
    text = flowing(story())
    for piece in (
        "Podcast 12 silent",
        "Nobody had responded by the deadline, 1 h 30 min after the posting, when only 10% of healthy prompts",
        "prompt slack:C1:1.2",
        "thumbs up, as its brief says",
        "1 other prompt there in the day before",
        "m_1 (a pseudonym)",
        "posted 2026-03-02 09:00 UTC",
        "43 members: 40 sales, 3 in small groups (personas of the directory)",
        "4.1 responders by the deadline, 11.9 responders by the horizon",
        "0.2% at the horizon (p_zero)",
        "2026-03-02 10:30 UTC (1 h 30 min)",
        "3.0% segment: the share that was silent before",
        "50% borrowed judged",
        "from what was learned until 2026-03-02 07:00 UTC (version 7)",
        "called silent",
        "2 prompts in a row that nobody answered weigh 110 together (e-value)",
        "to come: horizon",
        "70% no_wiifm How do learners perceive it? It serves the people who made it.",
        "5% own_code",
        "Try: Write down what is in it for them.",
        "All prompts of podcast",
    ):
        assert piece in text, piece


def test_the_deadline_stands_where_it_is_in_the_course() -> None:
    lines = printed(story()).splitlines()
    course = [line.split()[2:4] for line in lines if re.match(r"\d\d-\d\d \d\d:\d\d ", line)]
    assert course == [["3", "min"], ["1", "h"], ["1", "h"], ["1", "d"], ["7", "d"]]
    [deadline] = [number for number, line in enumerate(lines) if "<- the deadline" in line]
    assert lines[deadline - 1].startswith("03-02 10:00") and lines[deadline + 1].startswith("03-03 09:00")


def test_what_came_lies_over_what_was_expected() -> None:
    course = [
        Stage(after(1), 1.0, 0.5, 10.0, 5),
        Stage(after(2), 2.0, 0.4, 20.0, 20),
        Stage(after(3), 3.0, 0.3, 20.0, None),
    ]
    bars = re.findall(r"^03-02.*?([█░]+) *$", printed(story(course=course, expected__deadline=None)), re.MULTILINE)
    assert [(bar.count("█"), bar.count("░")) for bar in bars] == [(6, 5), (22, 0), (0, 22)]


def test_evidence_counts_by_factors_and_by_signs_where_they_were_not_recorded() -> None:
    lines = [" ".join(line.split()) for line in printed(story()).splitlines()]
    assert "no_wiifm elsewhere what is known" in lines
    assert "x 2.2 x 0.67 it asks for a thumbs up" in lines
    assert "x 1.1 x 1.0 nine can see it" in lines
    assert "- + it rained" in lines
    assert any(line.startswith("x 2 makes a cause about twice as likely") for line in lines)
    old = diagnosis(evidence=[replace(item, weights={}) for item in diagnosis().evidence])
    assert "+ speaks for a cause" in printed(story(diagnosis=old))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"diagnosis": diagnosis(hypothesis="undetermined")}, "No cause stands out (undetermined)"),
        ({"diagnosis": diagnosis(level="asset")}, "all prompts of the asset together"),
        (
            {"diagnosis": diagnosis(beside="elsewhere")},
            "Two causes stand out together, no_wiifm and elsewhere: 70% no_wiifm",
        ),
        ({"came__status": "expired", "came__flagged": False}, "so this is no finding"),
        ({"came__responders": 2}, "kept as a record"),
    ],
)
def test_what_a_diagnosis_is_worth_is_said(changes: dict[str, object], says: str) -> None:
    assert says in flowing(story(**changes))


@pytest.mark.parametrize(
    ("share", "whence", "says"),
    [
        (
            0.03,
            "asset_type",
            "97% on thumbs up prompts to sales, 3.0% borrowed, mostly from such prompts to other p",
        ),
        (0.5, "everything", "50% borrowed, mostly from prompts of all kinds views"),
        (0.51, "everything", "mostly from prompts of all kinds: more a guess than knowledge"),
        (1.0, "prior", "rests on 100% on what is assumed before anything is known: more a guess than knowledge"),
    ],
)
def test_it_is_said_how_much_of_what_is_expected_is_borrowed(share: float, whence: str, says: str) -> None:
    assert says in flowing(story(expected__borrowed=share, expected__borrowed_from=whence))


def test_what_was_not_recorded_or_is_not_so_has_no_line() -> None:
    text = flowing(story())
    assert "rests on" not in text and "chronic" not in text


@pytest.mark.parametrize(
    ("source", "usual"),
    [
        ("other_personas", "other personas answer 81% of such prompts"),
        ("other_types", "they answer 81% of what else they are asked"),
        ("past", "at their best they answered 81%"),
    ],
)
def test_a_chronic_segment_is_said_to_be_one(source: str, usual: str) -> None:
    found = Chronic(after(-900), after(-200), 14, 0.19, source)
    assert (
        f"chronic nobody of sales has answered thumbs up prompts since 2026-01-23 21:00 UTC, 14 in a row ({usual}): "
        "what is expected here has got used to that"
    ) in flowing(story(chronic=found))


def test_of_many_prompts_the_latest_and_the_one_that_was_asked_for_are_shown() -> None:
    history = [posting(str(n), -24.0 * n) for n in range(30)]
    text = printed(story(history=history, posted__prompt_id="slack:C1:25"))
    shown = re.findall(r"(>?)  2026-\d\d-\d\d .*slack:C1:(\d+)", text)
    assert shown == [*(("", str(n)) for n in range(12)), (">", "25")]
    assert "and 17 earlier ones" in text


def test_names_are_no_markup() -> None:
    assert "[red]x[/]" in printed(story(posted__title="[red]x[/]"))
    assert "[bold]y" in printed(story(diagnosis=diagnosis(next_step="[bold]y")))


def test_an_untold_course_leaves_no_gap_and_no_picture(tmp_path: Path) -> None:
    told = story(course=[], expected__horizon=None, over_prompts=None, diagnosis=None, history=[])
    assert "None" not in printed(told) and "How it was to go" not in printed(told)
    with pytest.raises(NothingToDrawError, match=r"slack:C1:1\.2"):
        draw(told, tmp_path / "p.png")


@pytest.mark.parametrize("changes", [{}, {"expected__deadline": None, "came__first_response_at": after(3)}])
def test_the_picture_is_one(changes: dict[str, object], tmp_path: Path) -> None:
    draw(story(**changes), tmp_path / "new" / "story.svg")
    drawn = (tmp_path / "new" / "story.svg").read_text()
    assert drawn.count("<path") > 20
    named = {name for name in ("deadline,", "first response,", "horizon,") if f"<!-- {name}" in drawn}
    assert named == ({"deadline,", "horizon,"} if not changes else {"first response,", "horizon,"})
    draw(story(**changes), tmp_path / "story.png")
    assert (tmp_path / "story.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
