"""briefs.yaml: what the designers meant their assets to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from models.yaml_lines import YamlError, YamlPath, line_of, read_yaml
from pipeline.directory.problem import Problem
from pipeline.directory.text import read_text
from schemas.asset import AssetType
from schemas.directory import Brief

TEXT = "text; put what YAML takes for something else (yes, 12, 2025-01-31) in quotes"
KEYS = ", ".join(name for name in Brief.model_fields if name != "kind")
LINE = f"{TEXT}; `none` where there is none; left out where it is not known"
NONE = "none"
"""Says of a line that there is nothing of the kind."""

UNSAID = frozenset({"", "-", "--", "?", "n/a", "na", "tbd", "tba", "tbc", "todo", "unknown"})
"""What people write into a form that must not be empty; `tbd` is no benefit, and not knowing it is no lack of it.
Full stops behind it are passed over."""

ALLOWED = {
    "asset_id": "the asset's id, as in its tag or message metadata; a text with something in it",
    "asset_type": f"one of {', '.join(AssetType)}",
    "personas": "a list of texts, such as [new hires, managers]",
    **dict.fromkeys(("wiifm", "objective", "public_reason"), LINE),
}


def _said(text: Any) -> Any:
    """Return None for an empty text: what is not said is not known."""
    return text.strip() or None if isinstance(text, str) else text


def _said_or_none(text: Any) -> Any:
    """Return None for what is not said, and an empty text for `none`: there is nothing of the kind."""
    said = _said(text)
    if isinstance(said, str):
        word = said.lower().rstrip(".")
        if word == NONE:
            return ""
        if word in UNSAID:
            msg = "that says neither what it is nor that there is none"
            raise ValueError(msg)
    return said


Line = Annotated[str | None, BeforeValidator(_said_or_none)]
Said = Annotated[str | None, BeforeValidator(_said)]


class BriefEntry(BaseModel):
    """An entry of the file."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    asset_id: Annotated[str, BeforeValidator(lambda id_: id_.strip() if isinstance(id_, str) else id_)] = Field(
        min_length=1
    )
    title: Said = None
    asset_type: Annotated[AssetType | None, Field(strict=False), BeforeValidator(_said)] = None
    personas: list[Annotated[str, Field(min_length=1)]] | None = None
    wiifm: Line = None
    objective: Line = None
    public_reason: Line = None
    owner: Said = None

    def brief(self) -> Brief:
        """Return the record."""
        said = self.model_dump(exclude_none=True) | {"personas": tuple(dict.fromkeys(self.personas or ()))}
        return Brief(**said)


def read_briefs(path: Path) -> Iterator[Brief | Problem]:
    """Give every brief, and what is wrong."""
    text = read_text(path)
    if isinstance(text, Problem):
        yield text
        return
    try:
        entries, node = read_yaml(text)
    except YamlError as error:
        yield Problem(path, error.line, "", error.reason, "a YAML list of briefs")
        return
    if entries is None:
        return  # a file with nothing but comments
    if not isinstance(entries, list):
        yield Problem(path, 1, "", "not a list", "a list of briefs, each beginning with `- asset_id: ...`")
        return
    first: dict[str, int] = {}
    for index, values in enumerate(entries):
        line = line_of(node, (index,))
        try:
            entry = BriefEntry.model_validate(values)
        except ValidationError as error:
            yield from _explain(path, error, node, (index,))
            continue
        if first.setdefault(entry.asset_id, line) != line:
            reason = f"the asset already has a brief on line {first[entry.asset_id]}"
            yield Problem(path, line_of(node, (index, "asset_id")), "asset_id", reason, "one brief an asset")
        else:
            yield entry.brief()


def _explain(path: Path, error: ValidationError, node: yaml.Node | None, entry: YamlPath) -> Iterator[Problem]:
    """Say what is wrong in an entry, and on which line, without repeating what stands there."""
    start = line_of(node, entry)
    for wrong in error.errors(include_url=False, include_input=False, include_context=False):
        where = wrong["loc"]
        line = line_of(node, (*entry, *where))
        key = str(where[0]) if where else ""
        place = f" (entry that begins on line {start})" if line != start else ""
        match wrong["type"]:
            case "missing":
                yield Problem(path, start, key, "the key is missing", ALLOWED.get(key, TEXT))
            case "extra_forbidden":
                yield Problem(path, line, key, f"there is no such key{place}", KEYS)
            case "model_type":
                yield Problem(path, line, "", "the entry is not a brief", f"keys and values, of {KEYS}")
            case _:
                field = ".".join(str(part) for part in where)
                yield Problem(path, line, field, f"{_reason(key, wrong['msg'])}{place}", ALLOWED.get(key, TEXT))


def _reason(key: str, message: str) -> str:
    said = message.removeprefix("Value error, ")
    return "there is no such asset type" if key == "asset_type" else said[:1].lower() + said[1:]
