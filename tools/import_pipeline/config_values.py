"""Reads what a pipeline's configs set when Sluice launches it, without running them.

That is nextflow.config, the files that it includes, and its profile docker (headjob/launch.sh); profiles for tests and
other places are left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.domain.nextflow.config.settings import settings_in
from common.domain.nextflow.config.tokens import tokens

_APPLIED: Final = frozenset({"docker", "standard"})  # Nextflow applies `standard` where no profile is named
_TEST: Final = "test"
_INCLUDED: Final = re.compile(r"""includeConfig\b[^\n]*""")
_QUOTED: Final = re.compile(r"""['"]([^'"\n]+)['"]""")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DEEPEST: Final = 3  # files that include files

UNKNOWN: Final = object()  # a call, a closure, several lines


@dataclass(frozen=True, slots=True)
class ConfigValues:
    """Parameters that have a value, those of the profile `test`, and the keys of genomes.

    A value that only Nextflow can work out is UNKNOWN. `lenient` and `unchecked` are settings of nf-schema: whether a
    number is taken for a text, and the parameters that it does not check.
    """

    params: Mapping[str, object] = field(default_factory=dict)
    test: Mapping[str, object] = field(default_factory=dict)
    genomes: tuple[str, ...] = ()
    lenient: bool = False
    unchecked: frozenset[str] = frozenset()


def read_config_values(folder: Path, config: str) -> ConfigValues:
    """The values in the text `config` of nextflow.config and in the files of the checkout that it includes."""
    body, profiles = _split_profiles(config)
    texts = [body, *_texts_included(folder, body)]
    for name, text in profiles.items():
        if name in _APPLIED:
            texts += [text, *_texts_included(folder, text)]
    test = profiles.get(_TEST, "")
    params, genomes = dict[str, object](), dict[str, None]()
    for text in texts:
        params |= _params_in(text)
        genomes |= dict.fromkeys(_genomes_in(text))
    tested = [test, *_texts_included(folder, test)]
    return ConfigValues(
        {name: value for name, value in params.items() if value is not None},
        {name: value for text in tested for name, value in _params_in(text).items() if value is not None},
        tuple(genomes),
        any(_is_lenient(text) for text in texts),
        frozenset(name for text in texts for name in _names_unchecked(text)),
    )


def _is_lenient(text: str) -> bool:
    lenient = {"validation.lenientMode", "params.validationLenientMode"}
    return any(setting.name in lenient and _value_of(setting.value) is True for setting in settings_in(text))


def _names_unchecked(text: str) -> Iterator[str]:
    for setting in settings_in(text):
        if setting.name in {"validation.ignoreParams", "validation.defaultIgnoreParams"}:
            yield from _QUOTED.findall(setting.value)


def _params_in(text: str) -> dict[str, object]:
    """The parameters that a config sets, those within another one by its name."""
    found = dict[str, object]()
    for setting in settings_in(text):
        if len(setting.path) == 2 and setting.path[0] == "params":
            found[setting.path[1]] = _value_of(setting.value)
        elif len(setting.path) > 2 and setting.path[0] == "params" and setting.path[1] != "genomes":
            found[setting.path[1]] = UNKNOWN
    return found


def _genomes_in(text: str) -> Iterator[str]:
    for setting in settings_in(text):
        if len(setting.path) > 3 and setting.path[:2] == ("params", "genomes"):
            yield setting.path[2]


def _value_of(text: str) -> object:
    """A literal's value; None for null."""
    text = text.split("//", 1)[0].strip() if not _QUOTED.match(text) else text.strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return quoted[1]
    words: dict[str, object] = {"null": None, "true": True, "false": False, "''": "", '""': ""}
    if text in words:
        return words[text]
    if number := _NUMBER.fullmatch(text):
        return float(text) if number[1] or number[2] else int(text)
    return UNKNOWN


def _texts_included(folder: Path, text: str, depth: int = 0) -> Iterator[str]:
    """The texts of the files that a config includes, if they are in the checkout; of a choice, all of them."""
    for line in _INCLUDED.findall(text):
        for name in _QUOTED.findall(line):
            path = folder / re.sub(r"^\$\{?(projectDir|baseDir)\}?/", "", name)
            if "$" in name or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
                continue
            included = path.read_text(encoding="utf-8", errors="replace")
            yield included
            if depth < _DEEPEST:
                yield from _texts_included(path.parent, included, depth + 1)


def _split_profiles(config: str) -> tuple[str, dict[str, str]]:
    """The config without its block of profiles, and the body of each profile."""
    block = _block_after(config, "profiles")
    if not block:
        return config, {}
    start, end = block
    body, profiles = config[start:end], dict[str, str]()
    name, at = "", 0
    for token in tokens(body):
        if token.start < at:
            continue
        if token.text == "{":
            closed = _closing_brace(body, token.start)
            profiles[name] = body[token.end : closed]
            at = closed + 1
        elif token.kind in {"name", "text"}:
            name = token.text.strip("'\"")
    return config[:start] + config[end:], profiles


def _block_after(config: str, word: str) -> tuple[int, int] | None:
    """Where the body of the block `word` begins and ends."""
    before = ""
    for token in tokens(config):
        if token.text == "{" and before == word:
            return token.end, _closing_brace(config, token.start)
        before = before if token.kind == "blank" or token.text == "\n" else token.text
    return None


def _closing_brace(text: str, opened: int) -> int:
    depth = 0
    for token in tokens(text, opened):
        depth += (token.text == "{") - (token.text == "}")
        if not depth:
            return token.start
    return len(text)
