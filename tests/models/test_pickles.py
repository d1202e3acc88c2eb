"""A pickle tells its version, and builds nothing but models."""

import pickle
from pathlib import Path

import pytest
from river.checks import yield_checks
from river.preprocessing import StandardScaler

from models.direct_silence import DirectSilence
from models.pickles import MODEL_VERSION, ModelVersionError, dumps, loads


def test_a_model_goes_round_with_what_stands_beside_it() -> None:
    model = DirectSilence()
    model.learn_one({"a": 1.0}, silent=True)
    version, twin = loads(dumps((3, model)))
    assert version == 3
    assert twin.p_zero({"a": 1.0}) == model.p_zero({"a": 1.0})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (dumps(1).replace(b"model %d" % MODEL_VERSION, b"model 999", 1), "version 999"),
        (pickle.dumps(1), "no model of Crickets"),
        (b"", "no model of Crickets"),
    ],
    ids=["other version", "no header", "empty"],
)
def test_what_is_not_ours_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ModelVersionError, match=said):
        loads(data)


class Intruder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_runs_something_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(ModelVersionError, match="no model of ours"):
        loads(dumps(Intruder(trace)))
    assert not trace.exists()


def test_of_river_nothing_but_its_classes_is_built() -> None:
    assert loads(dumps(StandardScaler())).transform_one({}) == {}
    with pytest.raises(ModelVersionError, match="yield_checks"):
        loads(dumps(yield_checks))
