"""Differences between the parameters of two runs, by the values with which the pipelines ran."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.domain.pipelines.params import RESERVED, as_text, effective_params
from common.domain.pipelines.pipeline import PipelineVersion


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A parameter with its value in either run; None if it has none. `default_changed`: neither run set it."""

    name: str
    before: Any
    after: Any
    default_changed: bool = False


@dataclass(frozen=True, slots=True)
class GivenParams:
    """The parameters that a request gave; `version` is None if the release, and so its defaults, is unknown."""

    given: Mapping[str, Any]
    version: PipelineVersion | None

    def effective(self) -> Mapping[str, Any]:
        return effective_params(self.version, self.given) if self.version else self.given


def param_changes(before: GivenParams, after: GivenParams) -> list[ValueChange]:
    """The parameters whose values differ, by name; a number and its text are the same value."""
    return list(_changes(before, after))


def _changes(before: GivenParams, after: GivenParams) -> Iterator[ValueChange]:
    first, second = before.effective(), after.effective()
    for name in sorted((first.keys() | second.keys()) - RESERVED.keys()):
        if _normal(first.get(name)) != _normal(second.get(name)):
            by_default = name not in before.given and name not in after.given
            yield ValueChange(name, first.get(name), second.get(name), default_changed=by_default)


def _normal(value: object) -> str | None:
    """One text for all spellings of a value; a blank one is none."""
    return None if value is None else as_text(value).strip() or None
