"""The agents live through a small workspace, and say of what its assets died."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.diagnose import EVIDENCE
from models.checklist_file import load_checklist
from pipeline.diagnosis import run
from pipeline.diagnosis.causes import CAUSES, Design
from pipeline.diagnosis.life import Case, case, diagnose
from pipeline.diagnosis.measures import measure
from pipeline.diagnosis.picture import draw
from pipeline.diagnosis.render import render
from pipeline.diagnosis.workspace import GROUPS, Asset, Happening, Workspace
from pipeline.settings import Settings
from pipeline.study.world import START
from schemas.anomaly import UNDETERMINED, Anomaly
from schemas.asset import AssetType
from schemas.base import HOUR
from schemas.event import MessageSeen
from schemas.expectation import Expectation
from schemas.outcome import Prompt
from schemas.verdict import Verdict

SETTINGS = Settings(_env_file=None)
WEEK = 7 * 24 * HOUR
ASSET = Asset("podcast", GROUPS[0], Design(ask=AssetType.POLL), "sales", ("no_wiifm",), first_week=2, dies_week=5)
HEALTHY = Asset("podcast", GROUPS[0], Design(ask=AssetType.POLL), "sales", (), first_week=2)


def _anomaly(hypothesis: str, week: int, level: str = "prompt", state: str = "open", asset: str = "podcast") -> Anomaly:
    prompt = Prompt(
        prompt_id="p",
        source="study",
        conversation="sales",
        message="1",
        author="m",
        posted_at=START + week * WEEK + HOUR,
        asset_id=asset,
        asset_type=AssetType.POLL,
        persona="sales",
        reach={"sales": 70},
    )
    expectation = Expectation(p_zero=0.05, p_zero_horizon=0.02, expected=3.1, alpha=0.1)
    verdict = Verdict.model_validate(
        {"verdict": "silent", "level": level, "subject": "p", "time": prompt.posted_at, "told_at": prompt.posted_at}
        | {"version": 1, "prompt": prompt, "expectation": expectation}
    )
    return Anomaly.model_validate(
        {"anomaly_id": "a", "state": state, "time": prompt.posted_at, "version": 1, "title": "", "verdict": verdict}
        | {"hypothesis": hypothesis, "probabilities": {hypothesis: 1.0}}
    )


class Watched(Workspace):
    """The same workspace where it is told who saw what: thirty see whatever is posted, wherever it is."""

    def events(self) -> list[Any]:
        happened: list[Happening] = super().events()
        seen = [
            MessageSeen(
                event_id=f"seen {event.event_id} {n}",
                source=event.source,
                workspace=event.workspace,
                conversation=event.conversation,
                time=event.time + n,
                author=f"m_{n:020x}",
                message=event.message,
            )
            for event in happened
            if event.kind == "message_posted" and event.asset_id
            for n in range(1, 31)
        ]
        return sorted([*happened, *seen], key=lambda event: (event.time, event.event_id))


HOW: dict[str, Any] = {"seed": 3, "weeks": 14, "each": 1, "pairs": [("elsewhere", "no_need")]}
SMALL = Workspace(**HOW)


@pytest.fixture(scope="module")
def anomalies() -> list[Anomaly]:
    return diagnose(SMALL, SETTINGS)


@pytest.fixture(scope="module")
def cases(anomalies: list[Anomaly]) -> list[Case]:
    return [case(asset, anomalies) for asset in SMALL.assets]


def test_prompts_and_assets_are_diagnosed_and_what_is_answered_late_is_revived(anomalies: list[Anomaly]) -> None:
    assert {anomaly.verdict.level for anomaly in anomalies} >= {"prompt", "asset"}
    assert {anomaly.state for anomaly in anomalies} >= {"open", "revived"}


def test_the_first_open_anomaly_after_its_death_is_the_diagnosis_of_an_asset() -> None:
    told = [
        _anomaly("before it died", week=4),
        _anomaly("of another", week=5, asset="other"),
        _anomaly("somebody came", week=5, state="revived"),
        _anomaly("of its segment", week=5, level="segment"),
        _anomaly("the first", week=5),
        _anomaly("a later one", week=6, level="asset"),
    ]
    assert case(ASSET, told) == Case(("no_wiifm",), "the first", {"the first": 1.0})
    assert case(ASSET, told[:4]) == Case(("no_wiifm",), None, {})
    paired = _anomaly("the first", week=5).model_copy(update={"beside": "the second"})
    assert case(ASSET, [paired]).beside == "the second"


def test_of_a_healthy_asset_a_single_silent_prompt_is_no_false_alarm() -> None:
    assert case(HEALTHY, [_anomaly("by chance", week=5)]).told is None
    assert case(HEALTHY, [_anomaly("by chance", week=5), _anomaly("false", week=6, level="asset")]).told == "false"


def test_the_dead_are_told_of_with_a_cause_of_the_checklist_and_the_healthy_are_not(cases: list[Case]) -> None:
    dead, healthy = [c for c in cases if c.causes], [c for c in cases if not c.causes]
    assert len(dead) == len(CAUSES) + 1
    assert sum(c.told is not None for c in dead) >= 5
    assert {c.told for c in dead} <= {*CAUSES, UNDETERMINED, None}
    assert all(set(c.probabilities) == set(CAUSES) for c in dead if c.told)
    assert sum(c.told is not None for c in healthy) <= 2


def test_what_was_seen_and_not_answered_does_not_die_of_being_elsewhere(anomalies: list[Anomaly]) -> None:
    watched = {
        anomaly.anomaly_id: anomaly
        for anomaly in reversed(diagnose(Watched(seed=3, weeks=14, each=1, pairs=[("elsewhere", "no_need")]), SETTINGS))
    }
    compared: list[str] = []
    for anomaly in {anomaly.anomaly_id: anomaly for anomaly in reversed(anomalies)}.values():
        seen = watched.get(anomaly.anomaly_id)
        shares = [item.value for item in seen.evidence if item.code == "seen_share"] if seen else []
        if seen and shares and float(shares[0]) >= 0.4:
            compared.append(seen.verdict.level)
            assert seen.probabilities["elsewhere"] < anomaly.probabilities["elsewhere"]
    assert len(compared) >= 10
    assert {"prompt", "asset"} <= set(compared)


def test_every_item_of_the_evidence_is_computed_in_the_stream(anomalies: list[Anomaly]) -> None:
    computed = {item.code for anomaly in anomalies for item in anomaly.evidence}
    assert computed >= EVIDENCE.keys() - {"seen_share"}
    assert "seen_share" not in computed, "nobody tells here who saw what"
    assert all(anomaly.checklist == load_checklist().digest for anomaly in anomalies)


def test_two_lead_only_where_neither_does_alone_and_both_are_the_most_probable(anomalies: list[Anomaly]) -> None:
    limits = load_checklist().leading
    paired = [anomaly for anomaly in anomalies if anomaly.beside]
    assert paired
    for anomaly in paired:
        first, second, *_ = sorted(anomaly.probabilities, key=lambda code: -anomaly.probabilities[code])
        assert (anomaly.hypothesis, anomaly.beside) == (first, second)
        alone = anomaly.probabilities[first] >= limits.ratio * anomaly.probabilities[second]
        assert not alone or anomaly.probabilities[first] < limits.probability
        for code in (first, second):
            assert max(item.weights.get(code, 0.0) for item in anomaly.evidence) >= 0.5


def test_what_is_posted_where_nobody_comes_by_is_found(cases: list[Case]) -> None:
    assert [c.told for c in cases if c.causes == ("elsewhere",)] == ["elsewhere"]


def test_what_came_out_can_be_told_to_programs_and_shown(cases: list[Case], tmp_path: Path) -> None:
    found = run.Diagnosed(seed=3, workspaces=1, measures=measure(cases, cases))
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    shares = ["leading_right", "undetermined_when_withheld", "ece", "ece_by_chance"]
    assert list(told) == ["seed", "planted", *shares, "confusion"]
    assert (told["seed"], told["planted"]) == (3, 6)
    assert told["confusion"]["elsewhere"] == {"elsewhere": 1}
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(render(found))
    text = console.export_text()
    assert "elsewhere+no_need" in text and "one cause: it leads" in text and "nan" not in text
    draw(found, tmp_path / "new" / "diagnosis.png")
    assert (tmp_path / "new" / "diagnosis.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_every_workspace_has_a_seed_of_its_own_and_is_lived_through_with_and_without_evidence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived: list[tuple[int, bool]] = []

    def noted(workspace: Workspace, *_: object) -> list[Case]:
        lived.append((workspace.seed, workspace.withheld))
        return [Case(("no_wiifm",), UNDETERMINED if workspace.withheld else "no_wiifm", {"no_wiifm": 1.0})]

    monkeypatch.setattr(run, "live", noted)
    found = run.study(SETTINGS, lambda *_: None, seed=8, workspaces=2)
    assert lived == [(8, False), (9, False), (8, True), (9, True)]
    assert found.as_json()["leading_right"] == found.as_json()["undetermined_when_withheld"] == 1.0
