"""Reads the data files that describe pipelines: one folder per pipeline, one file per release.

`releases/nf-core/scrnaseq/pipeline.json` names the pipeline and lists its releases, the default first; `2.7.1.json`
beside it holds groups of parameters, the samplesheet's columns and what a launch needs, with the field names of
common/domain/pipelines/pipeline.py. Files are checked as they are loaded. `make add-pipeline` writes them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from common.domain.pipelines.params import param_problem
from common.domain.pipelines.pipeline import (
    CSV,
    TSV,
    Column,
    Group,
    LaunchNeeds,
    Param,
    ParamType,
    Pipeline,
    PipelineVersion,
)
from common.domain.pipelines.sheet.cells import cell_rule

RELEASES: Final = Path(__file__).with_name("releases")
_COMMIT: Final = re.compile(r"([0-9a-f]{40})?")
# Without a version, Nextflow asks for the newest.
_PLUGIN: Final = re.compile(r"[a-z][a-z0-9-]{0,99}@\d{1,9}\.\d{1,9}\.\d{1,9}\S{0,99}")
_PARSERS: Final = frozenset({"", "v1", "v2"})


class PipelineDataError(Exception):
    """A data file is invalid; the message names the file and what is wrong in it."""


def read_pipelines(folder: Path = RELEASES) -> list[Pipeline]:
    """Every pipeline below `folder`. Raises PipelineDataError for the first invalid file."""
    return [_read_pipeline(path) for path in sorted(folder.rglob("pipeline.json"))]


def read_launch_needs(name: str, version: str, folder: Path = RELEASES) -> LaunchNeeds:
    """What a launch of a release needs; nothing special if it is no longer in `folder`. Reads only that release."""
    path = folder / name / f"{version}.json"
    if not path.is_file():
        return LaunchNeeds()
    return _launch_needs(json.loads(path.read_text(encoding="utf-8")).get("launch", {}))


def _read_pipeline(path: Path) -> Pipeline:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        names = facts.pop("versions")
        versions = tuple(_read_version(path.with_name(f"{version}.json"), facts["name"], version) for version in names)
        return Pipeline(**facts, default_version=names[0], versions=versions)
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PipelineDataError(f"{path}: {error!r}") from error


def _read_version(path: Path, pipeline: str, number: str) -> PipelineVersion:
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
            sheet_format=facts.pop("sheet_format", CSV),
            passes_sheet_on=facts.pop("passes_sheet_on", False),
            genomes=tuple(facts.pop("genomes", [])),
            launch=_launch_needs(facts.pop("launch", {})),
        )
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise PipelineDataError(f"{path}: {error!r}") from error
    if version.version != number:
        raise PipelineDataError(f"{path}: describes version {version.version}, not {number}")
    if problems := [*_problems(version), *(f"{name} is not a field of a release" for name in facts)]:
        raise PipelineDataError(f"{path}: {'; '.join(problems)}")
    return version


def _launch_needs(given: dict[str, Any]) -> LaunchNeeds:
    return LaunchNeeds(**given | {"plugins": tuple(given.get("plugins", []))})


def _param(given: dict[str, Any], group: str) -> Param:
    return Param(**_typed(given), group=group)


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    others = {"other_types": tuple(map(ParamType, given["other_types"]))} if "other_types" in given else {}
    return given | lists | {"type": ParamType(given["type"])} | others


def _problems(version: PipelineVersion) -> Iterator[str]:
    yield from _repeated(param.name for param in version.params)
    yield from _repeated(column.name for column in version.columns)
    fields: tuple[Param | Column, ...] = (*version.params, *version.columns)
    for field in fields:
        if problem := _limits_problem(field):
            yield f"{field.name} {problem}"
            return  # values cannot be checked against such a field
    for param in version.params:
        own_values = [*param.enum, *param.suggestions, *param.aliases.values(), param.default]
        yield from (
            f"{param.name} {problem}"
            for value in own_values
            if value is not None and (problem := param_problem(param, value))
        )
    if version.sheet_format not in (CSV, TSV):
        yield f"the format {version.sheet_format!r} of the samplesheet is not csv or tsv"
    columns = {column.name for column in version.columns}
    named = {
        *([] if version.passes_sheet_on else [version.sample_column]),
        *(param.fills for param in version.params if param.fills),
        *(name for names in version.unique for name in names),
    }
    yield from (f"there is no column {name}" for name in sorted(named - columns))
    yield from _launch_problems(version.launch)


def _launch_problems(needs: LaunchNeeds) -> Iterator[str]:
    if not _COMMIT.fullmatch(needs.commit):
        yield f"the commit {needs.commit!r} is not a full hash of git"
    if needs.parser not in _PARSERS:
        yield f"the parser {needs.parser!r} is not v1 or v2"
    yield from (f"the plugin {name!r} is not name@version" for name in needs.plugins if not _PLUGIN.fullmatch(name))


def _repeated(names: Iterable[str]) -> Iterator[str]:
    return (f"{name} occurs {count} times" for name, count in Counter(names).items() if count > 1)


def _limits_problem(field: Param | Column) -> str | None:
    """What is wrong with the limits of a field themselves; None when values can be checked against them."""
    if not all(isinstance(limit, int | float | None) for limit in (field.minimum, field.maximum)):
        return "has a limit that is not a number"
    try:
        if field.pattern:
            re.compile(field.pattern)
        if isinstance(field, Column):
            cell_rule(field).problem("0")
    except (re.error, TypeError, ValueError) as error:
        return f"has a pattern or values that cannot be used: {error}"
    return None
