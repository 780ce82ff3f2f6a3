"""Reading YAML that somebody wrote by hand: safely, within limits, and remembering on which line everything stood."""

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from productops.errors import ConfigError
from productops.model.base import Value

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 40
TAG = "tag:yaml.org,2002:"
PLAIN = frozenset(TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp"))

Path = tuple[str | int, ...]
Lines = dict[Path, int]


class Problem(Value):
    """One thing that is wrong with a template: on which line, under which key, and what."""

    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        return ", ".join([*([f"line {self.line}"] if self.line else []), *([self.key] if self.key else [])]) + (
            f": {self.text}" if self.line or self.key else self.text
        )


class TemplateError(ConfigError):
    """A template cannot be used. ``file`` is its name, ``problems`` say line, key and what is wrong there."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{file}, {problem}" for problem in problems))


def failed(file: str, text: str, line: int | None = None, path: Path = ()) -> TemplateError:
    """The error for one problem."""
    return TemplateError(file, [Problem(line=line, key=key_of(path), text=text)])


def key_of(path: Path) -> str:
    """A path as people write it: sections[2].title."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def read_yaml(data: bytes, file: str) -> tuple[Any, Lines]:
    """The plain values of one YAML document, and the line of each path in it.

    Only plain values are read, no objects. Refused with a TemplateError: more than 256 KiB, deep nesting, aliases
    that multiply into more than 20,000 values or contain themselves, keys that appear twice, merge keys, other tags.
    """
    if len(data) > MAX_BYTES:
        raise failed(file, f"{len(data):,} bytes are more than a template may have ({MAX_BYTES:,})")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise failed(file, "is not UTF-8 text", data[: error.start].count(b"\n") + 1) from error
    try:
        check_depth(text, file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
        raise failed(file, str(what), mark.line + 1 if mark else None) from error
    if node is None:
        raise failed(file, "is empty")
    reader = Reader(file)
    return reader.value(node, ()), reader.lines


def check_depth(text: str, file: str) -> None:
    """Count nesting before anything recurses over it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.events.CollectionStartEvent) - isinstance(event, yaml.events.CollectionEndEvent)
        documents += isinstance(event, yaml.events.DocumentStartEvent)
        if depth > MAX_DEPTH or documents > 1:
            what = "holds more than one document" if documents > 1 else f"is nested deeper than {MAX_DEPTH} levels"
            mark = event.start_mark
            raise failed(file, what, mark.line + 1 if mark else None)


class Reader:
    """Turns nodes into plain values, counting them with every use of an alias, and notes their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: Lines = {}
        self.count: int = 0
        self.inside: list[Node] = []
        self.scalars: yaml.SafeLoader = yaml.SafeLoader("")

    def value(self, node: Node, path: Path) -> Any:
        """The plain value of a node."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.count += 1
        if self.count > MAX_NODES:
            raise failed(self.file, f"holds more than {MAX_NODES:,} values once its aliases are written out", line)
        if any(node is outer for outer in self.inside):
            raise failed(self.file, "an alias contains itself", line, path)
        self.inside.append(node)
        try:
            return self.plain(node, path, line)
        finally:
            self.inside.pop()

    def plain(self, node: Node, path: Path, line: int) -> Any:
        """A mapping, a sequence or a scalar; nothing else."""
        if isinstance(node, MappingNode) and node.tag == TAG + "map":
            return self.mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == TAG + "seq":
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.tag in PLAIN:
            try:
                return self.scalars.construct_object(node)
            except (ValueError, yaml.YAMLError) as error:
                raise failed(self.file, f"{node.value[:40]!r} cannot be read: {error}", line, path) from error
        raise failed(self.file, f"the tag {node.tag.removeprefix(TAG)} is not allowed in a template", line, path)

    def mapping(self, node: MappingNode, path: Path) -> dict[str | int, Any]:
        """A mapping whose keys are texts or numbers and differ."""
        found: dict[str | int, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self.plain(key_node, path, line) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str | int) or isinstance(key, bool):
                hint = f"; put it in quotes: '{key_node.value}'" if isinstance(key_node, ScalarNode) else ""
                raise failed(self.file, f"a key must be a text{hint}", line, path)
            if key in found:
                raise failed(
                    self.file, f"the key appears twice, first on line {self.lines[*path, key]}", line, (*path, key)
                )
            self.lines[*path, key] = line
            found[key] = self.value(value_node, (*path, key))
        return found
