import io
from pathlib import Path

from rich.console import Console

from pipeline.evaluate.picture import draw
from pipeline.evaluate.render import render
from pipeline.evaluate.run import Evaluated
from pipeline.evaluate.scores import score
from tests.pipeline.evaluate.test_scores import FIRSTS, life, prompt


def evaluated() -> Evaluated:
    scores = score(life(*(prompt(n, first) for n, first in enumerate(FIRSTS, 1))))
    assert scores is not None
    return Evaluated("small", scores)


def test_the_picture_is_one(tmp_path: Path) -> None:
    draw([evaluated(), evaluated()], tmp_path / "new" / "evaluate.png")
    assert (tmp_path / "new" / "evaluate.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_tables_leave_out_what_cannot_be_known() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(evaluated()))
    told = console.export_text()
    assert "mix: the product" in told
    assert "fixed window with as few false alarms" in told
    assert "20.0 h" in told, "of the smallest alpha, which tells of nobody"
    assert "  nan" not in told
