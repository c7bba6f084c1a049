"""Parameters of a pipeline from files and options: flat, one value each.

A params.yaml of a pipeline is `name: value` lines. This reads them and refuses any other YAML, so that nothing is
misread: which words are true or false, for example, differs between YAML 1.1, which Nextflow reads, and 1.2.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sluice.errors import InputError

Params = dict[str, Any]

_LINE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)\s*:(?:\s+(.*))?")
_COMMENT: Final = re.compile(r"\s#.*|^#.*")
_DOUBLE: Final = re.compile(r'("(?:[^"\\]|\\.)*")\s*(?:#.*)?')
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'\s*(?:#.*)?")
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, Any]] = {"": None, "null": None, "~": None, "true": True, "false": False}
_AMBIGUOUS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_OTHER_YAML: Final = "[]{}&*!|>%@`\"',"


def params_in(file: Path) -> Params:
    """The parameters of a JSON object or of `name: value` lines. Raises InputError, which names the line."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"there is no file {file}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as text: {error}") from error
    return _from_json(text, file) if text.lstrip().startswith("{") else _from_lines(text, file)


def params_of(settings: Iterable[str]) -> Params:
    """The parameters of `name=value` options; a value is read as in a file. Raises InputError."""
    found: Params = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or not _LINE.fullmatch(f"{name}:"):
            raise InputError(f"--set {setting}: expected name=value")
        found[name] = _value(value, f"--set {name}")
    return found


def line_of(name: str, value: object) -> str:
    """The line of a file that gives a parameter this value."""
    return f"{name}: {json.dumps(value, ensure_ascii=False)}" if value is not None else f"{name}:"


def _from_json(text: str, file: Path) -> Params:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"{file}: no valid JSON: {error}") from error
    return dict(found)


def _from_lines(text: str, file: Path) -> Params:
    found: Params = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or stripped in {"---", "..."}:
            continue
        pair = _LINE.fullmatch(line.rstrip())
        if not pair:
            raise InputError(f"{file}:{number}: expected `name: value`; for another form, write the file as JSON")
        if pair[1] in found:
            raise InputError(f"{file}:{number}: {pair[1]} is there twice")
        found[pair[1]] = _value(pair[2] or "", f"{file}:{number}")
    return found


def _value(text: str, place: str) -> Any:  # noqa: ANN401
    text = text.strip()
    if quoted := _DOUBLE.fullmatch(text):
        try:
            return json.loads(quoted[1])
        except ValueError as error:
            raise InputError(f"{place}: {quoted[1]} has an escape that JSON does not know") from error
    if quoted := _SINGLE.fullmatch(text):
        return quoted[1].replace("''", "'")
    plain = _COMMENT.sub("", text).strip()
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    if plain.lower() in _AMBIGUOUS:
        raise InputError(f"{place}: {plain} is true or false, or a word? Write true or false, or put it in quotes")
    if plain[0] in _OTHER_YAML or plain.startswith(("- ", "? ")) or ": " in plain:
        raise InputError(f"{place}: {plain!r} is not one plain value; put text in quotes")
    if _INTEGER.fullmatch(plain):
        return int(plain)
    return float(plain) if _NUMBER.fullmatch(plain) else plain
