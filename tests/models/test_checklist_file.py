"""The checklist's file: what is refused, where, and why."""

from importlib import resources

import pytest

from models.checklist_file import ChecklistError, ChecklistFile, load_checklist
from schemas.errors import CricketsError

GOOD = """\
leading: {probability: 0.4, ratio: 1.5}
groups:
  brief: 0.2
hypotheses:
  - code: no_wiifm
    question: How?
    finding: So.
    prior: 3
    next_steps: ["Post in {best_channel}", "Ask {audience}"]
  - code: no_need
    question: Why?
    finding: So.
    prior: 2
    next_steps: ["Ask {audience}"]
evidence:
  - code: wiifm_named
    question: Named?
    group: brief
    likelihood:
      no_wiifm: [1, 9]
      no_need: [5, 5]
  - code: channel_used
    question: Used?
    edges: [0.1, 0.4]
    likelihood:
      no_wiifm: [1, 2, 3]
      no_need: [1, 2, 3]
"""

BROKEN = {
    "nothing in it": (GOOD, "", 1, "valid dictionary"),
    "a list": (GOOD, "- 1\n", 1, "valid dictionary"),
    "not closed": ("ratio: 1.5}", "ratio: 1.5", 2, "not YAML"),
    "a tab": ("  brief: 0.2", "\tbrief: 0.2", 3, "not YAML"),
    "a date that does not exist": ("brief: 0.2", "brief: 2026-99-99", 1, "not YAML"),
    "a key twice": (
        "    question: Why?\n",
        "    question: Why?\n    question: Who?\n",
        12,
        "`question` is there twice",
    ),
    "an anchor": ("no_need: [5, 5]", "no_need: &a [5, *a]", 21, "anchors are not supported"),
    "a key that is a list": ("  brief: 0.2", "  [brief]: 0.2", 3, "a key must be a word"),
    "a name nobody knows": ("    finding: So.\n    prior: 2", "    findings: So.\n    prior: 2", 12, "not permitted"),
    "a line is missing": ("    question: Named?\n", "", 16, "Field required"),
    "no hypotheses": ("prior: 3", "prior: 0", 8, "greater than 0"),
    "a count of nothing": ("no_wiifm: [1, 9]", "no_wiifm: [0, 10]", 20, "greater than 0"),
    "a count without end": ("no_wiifm: [1, 9]", "no_wiifm: [.inf, 10]", 20, "finite"),
    "a word for a count": ("no_need: [5, 5]", "no_need: [5, many]", 21, "valid number"),
    "three counts for yes and no": ("no_need: [5, 5]", "no_need: [5, 5, 5]", 21, "3 counts, 2 expected: [yes, no]"),
    "too few buckets": ("[1, 2, 3]\n      no_need", "[1, 2]\n      no_need", 26, "one more than there are edges"),
    "edges that shrink": ("[0.1, 0.4]", "[0.4, 0.1]", 24, "edges must grow"),
    "edges that stand still": ("[0.1, 0.4]", "[0.1, 0.1]", 24, "edges must grow"),
    "a hypothesis forgotten": ("      no_need: [5, 5]\n", "", 19, "counts are missing for no_need"),
    "a hypothesis nobody knows": ("      no_need: [5, 5]\n", "      no_ned: [5, 5]\n", 21, "is called `no_ned`"),
    "a group nobody knows": ("    group: brief", "    group: breif", 18, "`breif` is not among the groups (brief)"),
    "too strong a group": ("brief: 0.2", "brief: 1.2", 3, "less than or equal to 1"),
    "a hypothesis twice": ("code: no_need", "code: no_wiifm", 10, "`no_wiifm` is there twice"),
    "an item twice": ("code: channel_used", "code: wiifm_named", 22, "`wiifm_named` is there twice"),
    "a reserved code": ("code: no_need", "code: undetermined", 10, "choose another code"),
    "a fact nobody knows": ("{best_channel}", "{best_chanel}", 9, "unknown fact best_chanel; known: active_hours, ask"),
    "a fact with a dot": ("{best_channel}", "{title.upper}", 9, "unknown fact title.upper"),
    "a fact in a form": ("{best_channel}", "{best_channel:>9}", 9, "nothing but the fact's name in braces"),
    "a fact converted": ("{best_channel}", "{best_channel!r}", 9, "nothing but the fact's name in braces"),
    "two that never lead": ("ratio: 1.5}", "ratio: 1.5, together: 0}", 1, "greater than 0"),
    "a brace left open": ("{best_channel}", "{best_channel", 9, "not a template"),
    "a last step that may be impossible": (
        '"Ask {audience}"]\n  - ',
        '"{best_weekly}"]\n  - ',
        9,
        "always be possible",
    ),
}


def test_the_good_file_is_good():
    file = ChecklistFile.parse(GOOD)
    assert [item.width for item in file.evidence] == [2, 3]


@pytest.mark.parametrize(("good", "broken", "line", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_line_and_reason(good, broken, line, reason):
    assert good in GOOD
    with pytest.raises(ChecklistError) as refused:
        ChecklistFile.parse(GOOD.replace(good, broken, 1), name="own.yaml")
    messages = str(refused.value).splitlines()
    found = [message for message in messages if message.startswith(f"own.yaml:{line}: ") and reason in message]
    assert found, messages
    assert isinstance(refused.value, CricketsError)


def test_every_problem_is_named_at_once():
    with pytest.raises(ChecklistError) as refused:
        ChecklistFile.parse(GOOD.replace("prior: 2", "prior: -2").replace("[1, 9]", "[1, -9]"))
    assert [message.split(":")[1] for message in str(refused.value).splitlines()] == ["13", "20"]


def test_an_item_that_nobody_computes_is_refused():
    assert ChecklistFile.parse(GOOD, codes={"wiifm_named", "channel_used"})
    with pytest.raises(ChecklistError, match=r"yaml:22: .*nothing computes `channel_used`; known: wiifm_named"):
        ChecklistFile.parse(GOOD, codes={"wiifm_named"})


def test_the_digest_names_what_it_says_and_not_how_it_is_written():
    digest = ChecklistFile.parse(GOOD).digest
    assert digest == ChecklistFile.parse(f"# mine\n{GOOD}", name="mine.yaml").digest
    assert len(digest) == 8
    assert ChecklistFile.parse(GOOD.replace("prior: 2", "prior: 2.5")).digest != digest


def test_the_checklist_of_the_package_asks_the_experts_five_questions():
    file = load_checklist()
    assert [h.code for h in file.hypotheses] == ["no_wiifm", "elsewhere", "wrong_audience", "no_need", "slow_build"]
    for item in file.evidence:
        totals = {sum(counts) for counts in item.likelihood.values()}
        assert totals == {10}, f"{item.code}: every row is worth ten cases"


def test_an_own_checklist_replaces_it(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(GOOD, encoding="utf-8")
    assert [h.code for h in load_checklist(own).hypotheses] == ["no_wiifm", "no_need"]


def test_a_path_that_cannot_be_read_is_explained(tmp_path):
    with pytest.raises(ChecklistError, match=r"missing\.yaml cannot be read .*; name a UTF-8 YAML file"):
        load_checklist(tmp_path / "missing.yaml")
    (tmp_path / "latin").write_bytes(b"leading: \xe9")
    with pytest.raises(ChecklistError, match="cannot be read"):
        load_checklist(tmp_path / "latin")


def test_the_checklist_is_part_of_the_package():
    assert resources.files("models").joinpath("checklist.yaml").is_file()
