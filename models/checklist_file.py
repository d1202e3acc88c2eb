"""The checklist as data: its shape, and how a broken file is refused with line and reason."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.yaml_lines import YamlError, YamlPath, line_of, read_yaml
from schemas.anomaly import UNDETERMINED
from schemas.errors import CricketsError

FACTS = frozenset(
    {
        *("title", "ask", "channel", "audience"),  # always known
        *("best_channel", "best_weekly", "here_weekly"),
        *("active_hours", "posted_off_hours"),
        *("missing_brief", "missing_lines", "missing_wiifm", "missing_target", "missing_reason"),
        *("named_wiifm", "no_reason"),
        *("best_persona", "best_persona_answered", "best_persona_prompts", "audience_answered"),
        *("reached", "competing", "prompts_so_far"),
    }
)
"""What a next step may name in braces."""

ALWAYS_KNOWN = frozenset({"title", "ask", "channel", "audience"})
"""The facts that are there whatever is missing."""

Count = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=1)]


class ChecklistError(CricketsError):
    """The checklist cannot be used as it is; the text says where, why, and what is expected."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Leading(_Part):
    """When a hypothesis stands out: probable enough, and so many times as probable as the next.

    `together`: so probable are two that stand out as one where neither does alone; 1: never.
    """

    probability: float = Field(gt=0, le=1)
    ratio: float = Field(ge=1, allow_inf_nan=False)
    together: float = Field(default=0.7, gt=0, le=1)


class Hypothesis(_Part):
    """One question of the checklist, what a bad answer means, and what to try then."""

    code: Code
    question: Sentence
    finding: Sentence
    prior: Count
    next_steps: tuple[Sentence, ...] = Field(min_length=1)


class Item(_Part):
    """One thing to look at: true or false, or a number put into buckets at `edges`."""

    code: Code
    question: Sentence
    group: Code | None = None
    edges: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] | None = Field(default=None, min_length=1)
    likelihood: dict[Code, tuple[Count, ...]]

    @property
    def width(self) -> int:
        """Return how many values are told apart."""
        return 2 if self.edges is None else len(self.edges) + 1


class ChecklistFile(_Part):
    """A whole checklist."""

    leading: Leading
    sharpness: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="what is read out of the evidence, in units of what the counts say",
    )
    groups: dict[Code, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    hypotheses: tuple[Hypothesis, ...] = Field(min_length=2)
    undetermined: tuple[Sentence, ...] = ()
    evidence: tuple[Item, ...] = Field(min_length=1)

    @cached_property
    def digest(self) -> str:
        """Return a short name of all that it says: equal for equal checklists, whatever their comments."""
        return blake2b(self.model_dump_json().encode(), digest_size=4).hexdigest()

    @classmethod
    def parse(cls, text: str, *, name: str = "checklist.yaml", codes: Collection[str] | None = None) -> Self:
        """Read a checklist, or refuse it with every line that is wrong.

        Parameters
        ----------
        text
            YAML.
        name
            How messages call the file.
        codes
            Codes of the evidence that can be computed; an item that is not among them would never be known.

        Raises
        ------
        ChecklistError
            One line a problem: `name:line: what: why`.
        """
        try:
            data, node = read_yaml(text)
        except YamlError as error:
            msg = f"{name}:{error.line}: {error.reason}"
            raise ChecklistError(msg) from error

        def report(problems: list[tuple[YamlPath, str]]) -> ChecklistError:
            lines = (f"{name}:{line_of(node, at)}: {'.'.join(map(str, at)) or 'file'}: {why}" for at, why in problems)
            return ChecklistError("\n".join(lines))

        try:
            file = cls.model_validate(data)
        except ValidationError as error:
            raise report(_shape_problems(error)) from error
        if inconsistent := list(_inconsistencies(file, codes)):
            raise report(inconsistent)
        return file


def load_checklist(path: Path | None = None, *, codes: Collection[str] | None = None) -> ChecklistFile:
    """Read the checklist at `path`, or the one that comes with the package.

    >>> [hypothesis.code for hypothesis in load_checklist().hypotheses]
    ['no_wiifm', 'elsewhere', 'wrong_audience', 'no_need', 'slow_build']
    """
    return ChecklistFile.parse(checklist_text(path), name=str(path or "checklist.yaml"), codes=codes)


def checklist_text(path: Path | None = None) -> str:
    """Return the text of the checklist at `path`, or of the one that comes with the package.

    Raises
    ------
    ChecklistError
        There is no such file, or no text in it.
    """
    if path is None:
        return resources.files("models").joinpath("checklist.yaml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the checklist {path} cannot be read ({error}); name a UTF-8 YAML file, or none for the built-in one"
        raise ChecklistError(msg) from error


def _shape_problems(error: ValidationError) -> list[tuple[YamlPath, str]]:
    """Return where the shape is wrong; a list is not too short merely because what stands in it is wrong."""
    errors = error.errors(include_url=False, include_context=False)
    places = [e["loc"] for e in errors]
    return [
        (e["loc"], e["msg"])
        for e in errors
        if e["type"] != "too_short" or not any(at != e["loc"] and at[: len(e["loc"])] == e["loc"] for at in places)
    ]


def _inconsistencies(file: ChecklistFile, codes: Collection[str] | None) -> Iterator[tuple[YamlPath, str]]:
    """Find what no single field can show."""
    known = [hypothesis.code for hypothesis in file.hypotheses]
    for index, hypothesis in enumerate(file.hypotheses):
        at: YamlPath = ("hypotheses", index)
        if hypothesis.code == UNDETERMINED:
            yield (*at, "code"), f"`{UNDETERMINED}` is what no hypothesis leads to; choose another code"
        if hypothesis.code in known[:index]:
            yield (*at, "code"), f"`{hypothesis.code}` is there twice"
        yield from _bad_templates((*at, "next_steps"), hypothesis.next_steps)
    yield from _bad_templates(("undetermined",), file.undetermined)
    items = [item.code for item in file.evidence]
    for index, item in enumerate(file.evidence):
        at = ("evidence", index)
        if item.code in items[:index]:
            yield (*at, "code"), f"`{item.code}` is there twice"
        if codes is not None and item.code not in codes:
            yield (*at, "code"), f"nothing computes `{item.code}`; known: {', '.join(sorted(codes))}"
        if item.group is not None and item.group not in file.groups:
            yield (*at, "group"), f"`{item.group}` is not among the groups ({', '.join(file.groups) or 'none'})"
        if item.edges is not None and any(b <= a for a, b in zip(item.edges, item.edges[1:], strict=False)):
            yield (*at, "edges"), "edges must grow"
        for code, counts in item.likelihood.items():
            if code not in known:
                yield (*at, "likelihood", code), f"no hypothesis is called `{code}`"
            elif len(counts) != item.width:
                wanted = "[yes, no]" if item.edges is None else "one more than there are edges"
                yield (*at, "likelihood", code), f"{len(counts)} counts, {item.width} expected: {wanted}"
        if missing := [code for code in known if code not in item.likelihood]:
            yield (*at, "likelihood"), f"counts are missing for {', '.join(missing)}"


def _bad_templates(at: YamlPath, templates: Sequence[str]) -> Iterator[tuple[YamlPath, str]]:
    """Find templates that cannot be filled: what they name must exist, and the last must always be possible."""
    for index, template in enumerate(templates):
        try:
            parsed = [part for part in Formatter().parse(template) if part[1] is not None]
        except ValueError as error:
            yield (*at, index), f"not a template ({error}); write facts in braces: {{channel}}"
            continue
        names = {str(name) for _, name, _, _ in parsed}
        if any(form or conversion for _, _, form, conversion in parsed):
            yield (*at, index), "write nothing but the fact's name in braces: {channel}"
        elif unknown := sorted(names - FACTS):
            yield (*at, index), f"unknown fact {', '.join(unknown)}; known: {', '.join(sorted(FACTS))}"
        elif index == len(templates) - 1 and (uncertain := sorted(names - ALWAYS_KNOWN)):
            yield (*at, index), f"the last step must always be possible, but {', '.join(uncertain)} may not be known"
