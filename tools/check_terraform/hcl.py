"""Parses Terraform files into blocks with their arguments, inner blocks and lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hcl2
from hcl2 import SerializationOptions

_OPTIONS = SerializationOptions(with_comments=False, strip_string_quotes=True)
_MARK = "__is_block__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`kind "label" … { }` with its content; the block in a `dynamic` block is an ordinary block."""

    kind: str
    labels: Sequence[str]
    file: str
    line: int
    arguments: Mapping[str, Any]
    blocks: Sequence["Block"]
    source: Sequence[str]  # the lines of the file

    @property
    def address(self) -> str:
        return ".".join(self.labels)

    def line_of(self, argument: str) -> int:
        """The line of an argument of this block."""
        return _line_of(rf"{argument}\s*=", self.source, after=self.line)


def read_folder(folder: Path) -> list[Block]:
    """The blocks of every .tf file in `folder`."""
    return [block for path in sorted(folder.glob("*.tf")) for block in read_text(path.read_text("utf-8"), path.name)]


def read_text(text: str, file: str) -> list[Block]:
    """The outermost blocks of one file."""
    parsed: dict[str, Any] = hcl2.loads(text, serialization_options=_OPTIONS)
    lines = text.splitlines()
    found = _named_blocks(parsed)
    return [block for kind, items in found for block in _blocks(kind, items, file=file, source=lines, after=0)]


def read_values(text: str) -> dict[str, Any]:
    """The top-level arguments of a .tfvars file."""
    parsed: dict[str, Any] = hcl2.loads(text, serialization_options=_OPTIONS)
    return {name: value for name, value in parsed.items() if name != _MARK}


def locals_in(blocks: Sequence[Block]) -> dict[str, Any]:
    """The values of all `locals` blocks, without the parser's marks."""
    found = [block.arguments for block in blocks if block.kind == "locals"]
    return {name: plain(value) for values in found for name, value in values.items()}


def plain(value: object) -> object:
    """A value without the parser's marks and without quotes around the names of an object."""
    if isinstance(value, dict):
        return {name.strip('"'): plain(inner) for name, inner in value.items() if name != _MARK}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def _named_blocks(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if isinstance(value, list) and value and all(_holds_block(item) for item in value):
            yield name, value


def _holds_block(value: object) -> bool:
    """Whether `value` is a block, possibly inside labels."""
    while isinstance(value, dict) and _MARK not in value:
        value = next(iter(value.values())) if len(value) == 1 else None
    return isinstance(value, dict)


def _blocks(kind: str, found: Sequence[Any], *, file: str, source: Sequence[str], after: int) -> Iterator[Block]:
    line = after
    for item in found:
        body, labels = item, list[str]()
        while _MARK not in body:
            label, body = next(iter(body.items()))
            labels.append(label.strip('"'))
        header = " ".join([kind, *(f'"{label}"' for label in labels)])
        dynamic = f'dynamic "{kind}"'
        line = _line_of(rf"({re.escape(header)}|{re.escape(dynamic)})\s*{{", source, after=line)
        named = dict(_named_blocks(body))
        block = Block(
            kind=kind,
            labels=labels,
            file=file,
            line=line,
            arguments={name: value for name, value in body.items() if name != _MARK and name not in named},
            blocks=[
                block
                for name, items in named.items()
                for block in _blocks(name, items, file=file, source=source, after=line)
            ],
            source=source,
        )
        yield _content_of(block) if kind == "dynamic" else block


def _content_of(dynamic: Block) -> Block:
    """The block that a `dynamic` block generates."""
    content = next(block for block in dynamic.blocks if block.kind == "content")
    return replace(content, kind=dynamic.labels[0], line=dynamic.line)


def _line_of(pattern: str, source: Sequence[str], *, after: int) -> int:
    """The first line after line `after` that begins with `pattern`; `after` itself if there is none."""
    begins = re.compile(rf"\s*{pattern}")
    return next((number for number, line in enumerate(source[after:], after + 1) if begins.match(line)), after)
