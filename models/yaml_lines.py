"""YAML with line numbers: so that what is wrong in a file can be pointed at."""

from typing import Any

import yaml

from schemas.errors import CricketsError

YamlPath = tuple[str | int, ...]
"""Keys and indices from the root of a document to a value."""


class YamlError(CricketsError):
    """A text is no YAML that can be used; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


def read_yaml(text: str) -> tuple[Any, yaml.Node | None]:
    r"""Return a document's data and its tree of nodes.

    Parameters
    ----------
    text
        One YAML document of plain values (no tags that make objects, no anchors).

    Raises
    ------
    YamlError
        With the first line that is wrong: syntax, or a key that is there twice (YAML would keep the last).

    Examples
    --------
    >>> read_yaml("a: [1, 2]")[0]
    {'a': [1, 2]}
    >>> read_yaml("a: 1\na: 2")
    Traceback (most recent call last):
    ...
    models.yaml_lines.YamlError: line 2: `a` is there twice; keep one
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, None
        _refuse(node, set())
        return loader.construct_document(node), node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        raise YamlError(1, f"not YAML: {error}") from error
    finally:
        loader.dispose()


def line_of(node: yaml.Node | None, path: YamlPath) -> int:
    r"""Return the line, from 1, of the deepest value on the path that is really there.

    Examples
    --------
    >>> _, node = read_yaml("a:\n  - b: 1\n  - c: 2")
    >>> line_of(node, ("a", 1, "c")), line_of(node, ("a", 1, "missing", "deeper")), line_of(node, ("z",))
    (3, 3, 1)
    """
    line = 1 if node is None else node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return int(line)


def _refuse(node: yaml.Node, seen: set[int]) -> None:
    """Refuse twin keys, and values that are there by reference (they could contain themselves)."""
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise YamlError(line, "anchors are not supported; write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(key.start_mark.line + 1, "a key must be a word")
            if key.value in keys:
                raise YamlError(key.start_mark.line + 1, f"`{key.value}` is there twice; keep one")
            keys.add(key.value)
            _refuse(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse(value, seen)
