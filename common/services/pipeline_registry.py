"""The pipelines that can be run, read from data files: one folder per pipeline, one file per release.

`pipelines/nf-core/scrnaseq/pipeline.json` names the pipeline and lists its releases, the default first;
`2.7.1.json` beside it holds groups of parameters and the samplesheet's columns. Everything is checked when loaded.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from common.domain.pipeline import (
    Column,
    Group,
    Param,
    ParamType,
    Pipeline,
    PipelineVersion,
    complaint_about,
    validate_params,
)
from common.domain.wording import did_you_mean
from common.errors import Fault, NotFoundError

DATA: Final = Path(__file__).with_name("pipelines")


class PipelineDataError(Exception):
    """A data file does not describe a pipeline; the message names the file and what is wrong in it."""


class PipelineRegistry:
    """Answers from memory; built once per process by `load`."""

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._pipelines = {pipeline.name: pipeline for pipeline in pipelines}

    @classmethod
    def load(cls, folder: Path = DATA) -> Self:
        """Every pipeline below `folder`. Raises PipelineDataError for the first file that is wrong."""
        return cls([_read_pipeline(path) for path in sorted(folder.rglob("pipeline.json"))])

    def list_pipelines(self) -> tuple[Pipeline, ...]:
        """All pipelines, by name."""
        return tuple(self._pipelines.values())

    def find_pipeline(self, name: str) -> Pipeline:
        """A pipeline with all its releases. Raises NotFoundError, which says what there is."""
        if name not in self._pipelines:
            known = ", ".join(self._pipelines)
            raise NotFoundError(f"there is no pipeline {name!r}{did_you_mean(name, self._pipelines)}; known: {known}")
        return self._pipelines[name]

    def get_pipeline(self, name: str, version: str | None = None) -> PipelineVersion:
        """One release, the default one for None. Raises NotFoundError, which says what there is."""
        pipeline = self.find_pipeline(name)
        wanted = version or pipeline.default_version
        for release in pipeline.versions:
            if release.version == wanted:
                return release
        known = ", ".join(release.version for release in pipeline.versions)
        raise NotFoundError(f"{name} has no version {wanted!r} here; known: {known}")

    def get_samplesheet_schema(self, name: str, version: str | None = None) -> tuple[Column, ...]:
        """The columns of a release's samplesheet. Raises NotFoundError."""
        return self.get_pipeline(name, version).columns

    def validate_params(self, name: str, version: str | None, params: Mapping[str, object]) -> list[Fault]:
        """Everything wrong with `params` for a release. Raises NotFoundError."""
        return validate_params(self.get_pipeline(name, version), params)


def _read_pipeline(path: Path) -> Pipeline:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        names = facts.pop("versions")
        versions = tuple(_read_version(path.with_name(f"{version}.json"), facts["name"], version) for version in names)
        return Pipeline(**facts, default_version=names[0], versions=versions)
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PipelineDataError(f"{path}: {error!r}") from error


def _read_version(path: Path, pipeline: str, wanted: str) -> PipelineVersion:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        version = PipelineVersion(
            pipeline=pipeline,
            version=facts.pop("version"),
            params=tuple(_param(given, group["name"]) for group in facts["groups"] for given in group.pop("params")),
            groups=tuple(Group(**group) for group in facts.pop("groups")),
            columns=tuple(Column(**_typed(given)) for given in facts.pop("columns")),
        )
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PipelineDataError(f"{path}: {error!r}") from error
    if version.version != wanted:
        raise PipelineDataError(f"{path}: it is about version {version.version}")
    if wrong := [*_faults_of(version), *(f"{name} is not known" for name in facts)]:
        raise PipelineDataError(f"{path}: {'; '.join(wrong)}")
    return version


def _param(given: dict[str, Any], group: str) -> Param:
    return Param(**_typed(given), group=group)


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return given | lists | {"type": ParamType(given["type"])}


def _faults_of(version: PipelineVersion) -> Iterator[str]:
    yield from _repeated(param.name for param in version.params)
    yield from _repeated(column.name for column in version.columns)
    fields: tuple[Param | Column, ...] = (*version.params, *version.columns)
    for field in fields:
        if field.pattern and not field.expects:
            yield f"{field.name} has a pattern and no words for it"
        if field.pattern and not _compiles(field.pattern):
            yield f"{field.name} has a pattern that is no regular expression"
            return
    for param in version.params:
        own_values = [*param.enum, *param.suggestions, *([] if param.default is None else [param.default])]
        yield from (f"{param.name} {told}" for value in own_values if (told := complaint_about(param, value)))


def _repeated(names: Iterable[str]) -> Iterator[str]:
    return (f"{name} is there {count} times" for name, count in Counter(names).items() if count > 1)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
