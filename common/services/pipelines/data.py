"""Reads the data files that say what pipelines take: one folder per pipeline, one file per release.

`pipelines/nf-core/scrnaseq/pipeline.json` names the pipeline and lists its releases, the default first;
`2.7.1.json` beside it holds groups of parameters and the samplesheet's columns, by the names of
common/domain/pipelines/pipeline.py. Everything is checked when loaded. `make add-pipeline` writes such files.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from common.domain.pipelines.params import complaint_about
from common.domain.pipelines.pipeline import Column, Group, Param, ParamType, Pipeline, PipelineVersion
from common.domain.pipelines.sheet.cells import cell_rule

DATA: Final = Path(__file__).with_name("releases")


class PipelineDataError(Exception):
    """A data file does not describe a pipeline; the message names the file and what is wrong in it."""


def read_pipelines(folder: Path = DATA) -> list[Pipeline]:
    """Every pipeline below `folder`. Raises PipelineDataError for the first file that is wrong."""
    return [_read_pipeline(path) for path in sorted(folder.rglob("pipeline.json"))]


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
            param_rules=facts.pop("param_rules", {}),
            row_rules=facts.pop("row_rules", {}),
            unique=tuple(map(tuple, facts.pop("unique", []))),
            sample_column=facts.pop("sample_column", "sample"),
            lanes_are_alike=facts.pop("lanes_are_alike", False),
            example_rows=tuple(facts.pop("example_rows", [])),
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
    others = {"other_types": tuple(map(ParamType, given["other_types"]))} if "other_types" in given else {}
    return given | lists | {"type": ParamType(given["type"])} | others


def _faults_of(version: PipelineVersion) -> Iterator[str]:
    yield from _repeated(param.name for param in version.params)
    yield from _repeated(column.name for column in version.columns)
    fields: tuple[Param | Column, ...] = (*version.params, *version.columns)
    for field in fields:
        if told := _wrong_limits(field):
            yield f"{field.name} {told}"
            return
    for param in version.params:
        own_values = [*param.enum, *param.suggestions, *param.aliases.values(), param.default]
        yield from (
            f"{param.name} {told}"
            for value in own_values
            if value is not None and (told := complaint_about(param, value))
        )
    columns = {column.name for column in version.columns}
    named = {
        version.sample_column,
        *(param.fills for param in version.params if param.fills),
        *(name for names in version.unique for name in names),
    }
    yield from (f"there is no column {name}" for name in sorted(named - columns))


def _repeated(names: Iterable[str]) -> Iterator[str]:
    return (f"{name} is there {count} times" for name, count in Counter(names).items() if count > 1)


def _wrong_limits(field: Param | Column) -> str | None:
    """What keeps values from being held against a field at all; None when nothing does."""
    if not all(isinstance(limit, int | float | None) for limit in (field.minimum, field.maximum)):
        return "has a limit that is no number"
    try:
        if field.pattern:
            re.compile(field.pattern)
        if isinstance(field, Column):
            cell_rule(0, field).complaint("0")
    except (re.error, TypeError, ValueError) as error:
        return f"has a pattern or values that cannot be used: {error}"
    return None
