"""`latest.json`: what stands in it, and that an old figure is replaced by its newer one alone."""

import json
from pathlib import Path

from benchmarks.entry import CPU, LATEST, Entry, compared, load, save
from benchmarks.table import markdown
from benchmarks.target import Target

FIELDS = {"name": str, "unit": str, "median": (int, float), "rounds": list, "ratio_to": dict, "machine": dict}


def entries() -> list[Entry]:
    return compared(
        [
            Entry.of("throughput/track", CPU, [30.0, 10.0, 20.0]),
            Entry.of("throughput/bare", CPU, [40.0]),
            Entry.of("latency/p50", "ms", [3.0]),
        ]
    )


def holds(file: Path) -> None:
    found = json.loads(file.read_text())
    assert isinstance(found, list)
    for entry in found:
        assert entry.keys() == {*FIELDS, "versions"}
        for field, kind in FIELDS.items():
            assert isinstance(entry[field], kind), field
        assert min(entry["rounds"]) <= entry["median"] <= max(entry["rounds"])
        assert all(isinstance(ratio, float) for ratio in entry["ratio_to"].values())
        assert {"cpu", "cores", "memory_gib", "system"} <= entry["machine"].keys()
        assert {"python", "faust-streaming", "aiokafka", "quixstreams", "kafka", "crickets"} <= entry["versions"].keys()


def test_the_file_is_a_list_of_figures_with_machine_and_versions(tmp_path: Path) -> None:
    save(entries(), tmp_path / "latest.json")
    holds(tmp_path / "latest.json")


def test_so_is_the_file_in_the_repository() -> None:
    holds(LATEST)


def test_a_figure_is_compared_with_those_of_its_own_kind_and_unit() -> None:
    ratios = {entry.name: entry.ratio_to for entry in entries()}
    assert ratios["throughput/track"] == {"throughput/bare": 0.5}
    assert ratios["latency/p50"] == {}


def test_a_newer_figure_replaces_the_older_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    save(entries(), file)
    save([Entry.of("throughput/bare", CPU, [50.0])], file)
    assert {entry.name: entry.median for entry in load(file)} == {
        "throughput/track": 20.0,
        "throughput/bare": 50.0,
        "latency/p50": 3.0,
    }


def test_a_missed_target_is_shown_as_missed() -> None:
    least = Target("throughput/track", CPU, at_least=0.8, times="throughput/bare")
    known = {(entry.name, entry.unit): entry for entry in entries()}
    assert least.value(known) == 0.5
    assert not least.met(0.5)
    assert least.met(0.8)
    assert "**missed**" in markdown(entries())
