"""What a checkout's nextflow.config says about Nextflow itself: the versions it works with, plugins, the parser."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from common.domain.nextflow.config.settings import settings_in
from common.domain.nextflow.config.tokens import tokens
from common.domain.pipelines.pipeline import LaunchNeeds

_CONDITION: Final = re.compile(r"\s*(<=|>=|<>|!=|==|=|<|>)?\s*([0-9A-Za-z._-]+?)(\.?\+)?\s*")
# Statements that Nextflow's strict parser refuses in a config, which may have only assignments, blocks and includes
# outside of closures (Nextflow's documentation, "Strict syntax", configuration syntax).
_STATEMENTS: Final = frozenset({"class", "def", "do", "for", "if", "import", "switch", "try", "while"})
_STARTS_STATEMENT: Final = frozenset({"", "\n", ";", "{", "}"})
_STARTS_CLOSURE: Final = frozenset({"=", "(", ",", ":", "["})  # before a brace; else it opens a block


def read_launch_needs(config: str, commit: str, included: Sequence[str] = ()) -> tuple[LaunchNeeds, list[str]]:
    """What a launch of the pipeline needs, and notes for the developer.

    `config` is the text of its main config; those that it includes can make the strict parser refuse it as well.
    """
    words = _words(config)
    values = {setting.name: setting.value for setting in settings_in(config)}
    named = list(_plugins(words))
    needs = LaunchNeeds(
        nextflow=values.get("manifest.nextflowVersion", "").strip().strip("'\""),
        commit=commit,
        plugins=tuple(name for name in named if "@" in name),
        parser="v1" if any(_has_statements(_words(text)) for text in (config, *included)) else "",
        reads_site_configs="custom_config_base" in config and "NXF_OFFLINE" not in config,
    )
    return needs, list(_notes(needs, named))


def _words(config: str) -> list[str]:
    """Names, texts and marks, without blanks and comments."""
    return [token.text for token in tokens(config) if token.kind != "blank"]


def _plugins(words: Sequence[str]) -> Iterator[str]:
    """The names in `plugins { id 'name@version' }`."""
    is_open = False
    for before, word in zip(["", *words], words, strict=False):
        is_open = (is_open and word != "}") or (word == "{" and before == "plugins")
        if is_open and word[0] in "'\"" and before in {"id", "("}:
            yield word.strip("'\"")


def _has_statements(words: Sequence[str]) -> bool:
    """Whether there is a statement of Groovy outside of closures."""
    inside, before, last = 0, "", ""  # `last`: the word before, line breaks not counted
    for word in words:
        if not inside and word in _STATEMENTS and before in _STARTS_STATEMENT:
            return True
        if inside or (word == "{" and last in _STARTS_CLOSURE):
            inside += (word == "{") - (word == "}")
        before, last = word, (last if word == "\n" else word)
    return False


def _notes(needs: LaunchNeeds, plugins: list[str]) -> Iterator[str]:
    for name in plugins:
        if "@" not in name:
            yield f"the plugin {name} has no version, so every launch would ask for the newest; it is not in the image"
    if not needs.commit:
        yield "the checkout is not a git clone, so its commit is unknown and the image of head jobs will not bring it"
    if needs.parser:
        yield f"Nextflow's strict parser refuses statements in its config, so it is launched with parser {needs.parser}"


def must_fit(constraint: str) -> bool:
    """Whether Nextflow refuses to run the pipeline when it does not fit; else it only warns."""
    return constraint.strip().startswith("!")


def fits(version: str, constraint: str) -> bool:
    """Whether Nextflow `version` fits a manifest's nextflowVersion, such as `!>=23.04.0` or `>=22.10, <25`.

    As Nextflow itself decides (its VersionNumber.matches). Raises ValueError for what is no constraint.
    """
    conditions = constraint.strip().removeprefix("!").split(",")
    return all(_meets(version, condition) for condition in conditions if condition.strip())


def _meets(version: str, condition: str) -> bool:
    found = _CONDITION.fullmatch(condition)
    if not found or (found[1] and found[3]):
        raise ValueError(f"{condition.strip()!r} is not a condition on a version")
    operator, wanted, plus = found.groups()
    if plus:
        parts = wanted.split(".") + (["0"] if plus == ".+" else [])
        return version.split(".")[: len(parts) - 1] == parts[:-1] and _order(version, ".".join(parts)) >= 0
    order = _order(version, wanted)
    return {
        "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "!=": order != 0, "<>": order != 0,
    }.get(operator or "=", order == 0)  # fmt: skip


def _order(one: str, other: str) -> int:
    """-1, 0 or 1; parts that are whole numbers are compared as such, missing ones are 0."""
    ours, theirs = one.split("."), other.split(".")
    for mine, its in zip(
        *(parts + ["0"] * (max(len(ours), len(theirs)) - len(parts)) for parts in (ours, theirs)), strict=True
    ):
        left: Any = int(mine) if mine.isdigit() and its.isdigit() else mine
        right: Any = int(its) if mine.isdigit() and its.isdigit() else its
        if left != right:
            return 1 if left > right else -1
    return 0
