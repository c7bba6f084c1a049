"""A pipeline's releases with their parameters and samplesheet columns.

Releases are described in data files, which common/services/pipelines/release_files.py reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

Scalar = str | int | float | bool
CSV, TSV = "csv", "tsv"
# Checks the values of several fields together: a field (None: several) and a message for each broken rule.
RuleCheck = Callable[[Mapping[str, object]], Iterable[tuple[str | None, str]]]


class ParamType(StrEnum):
    """The types that nf-core schemas give to parameters and columns."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A parameter of one release.

    `enum` lists all valid values, `suggestions` some common ones. `aliases` maps other spellings of a value to the one
    that the release knows. `pattern` is searched for, as JSON Schema does; `expects` describes it ("must be ..."), and
    `error` is the pipeline's own message for a wrong value. `format` is JSON Schema's: file-path and the like. The
    value of a parameter that `fills` a samplesheet column is written into its empty cells instead of being passed to
    the pipeline.
    """

    name: str
    type: ParamType
    title: str
    group: str
    other_types: tuple[ParamType, ...] = ()
    help: str = ""
    default: Scalar | None = None
    required: bool = False
    hidden: bool = False
    enum: tuple[Scalar, ...] = ()
    suggestions: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    fills: str | None = None
    pattern: str | None = None
    expects: str | None = None
    error: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parameters that a form shows together."""

    name: str
    title: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the samplesheet; other_types, pattern, expects, error, enum and ranges as in Param.

    `required`: the header must have it. `allows_blank`: a cell may be empty. The two are independent: a release may
    forbid blank cells in an optional column, or require a column and allow blank cells in it.
    """

    name: str
    type: ParamType
    title: str
    other_types: tuple[ParamType, ...] = ()
    help: str = ""
    required: bool = False
    allows_blank: bool = True
    default: Scalar | None = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    expects: str | None = None
    error: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchNeeds:
    """What Nextflow needs for a launch of a release; docs/head-job.md says how it is used.

    `nextflow` is the manifest's nextflowVersion (`!>=23.04.0`), `commit` the commit of the release's tag. `plugins` are
    those that the release's config names, each with its version. `parser` is v1 if Nextflow's strict parser, its
    default from 26.04 on, refuses the release. `reads_site_configs`: at each start, the release's config downloads the
    configs of nf-core's institutions, unless the parameter custom_config_base names another place.
    """

    nextflow: str = ""
    commit: str = ""  # empty: not in the image of head jobs, so each launch clones the pipeline
    plugins: tuple[str, ...] = ()
    parser: str = ""  # empty: Nextflow's default
    reads_site_configs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineVersion:
    """One release of a pipeline, such as nf-core/scrnaseq 2.7.1; groups, params and columns in display order.

    `param_rules` and `row_rules` are JSON Schemas (2020-12) of which fields go together: of an object of parameters,
    and of the non-blank cells of a row. `check_params` and `check_row` apply them; None if there is no such rule.
    `unique` holds sets of columns whose cells no two rows may share. `sample_column` holds the names of the samples.
    Where `lanes_are_alike`, the rows of a sample are all paired or all single, and no two rows share a file.
    `sheet_format` is the ending of the file that the pipeline takes, csv or tsv. Where `passes_sheet_on`, nothing is
    known of its columns, so its cells are not checked. `genomes` are the keys that the release's own configs have.
    """

    pipeline: str
    version: str
    groups: tuple[Group, ...]
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    param_rules: Mapping[str, Any] = field(default_factory=dict)
    row_rules: Mapping[str, Any] = field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    sample_column: str = "sample"
    lanes_are_alike: bool = False
    example_rows: tuple[Mapping[str, str], ...] = ()
    sheet_format: str = CSV
    passes_sheet_on: bool = False
    genomes: tuple[str, ...] = ()
    launch: LaunchNeeds = LaunchNeeds()
    check_params: RuleCheck | None = field(default=None, compare=False, repr=False)
    check_row: RuleCheck | None = field(default=None, compare=False, repr=False)

    def facts(self) -> dict[str, Any]:
        """The inputs of the release, as its data file describes them: by field, in values that JSON knows."""
        facts = asdict(replace(self, check_params=None, check_row=None))
        for column in facts["columns"]:
            del column["other_types"]  # how cells are read; a form shows the first type
        return {name: value for name, value in facts.items() if name not in _NOT_INPUTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline and its runnable releases; the default release comes first."""

    name: str
    display_name: str
    description: str
    repository: str
    default_version: str
    versions: tuple[PipelineVersion, ...]


def range_in_words(limits: Param | Column) -> str:
    """`at least 1`, `at most 9`, `from 1 to 9`, or `any number`."""
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None:
        return f"from {low:.15g} to {high:.15g}"
    if low is not None:
        return f"at least {low:.15g}"
    return "any number" if high is None else f"at most {high:.15g}"


_NOT_INPUTS: Final = frozenset({"check_params", "check_row", "genomes", "launch", "passes_sheet_on", "sheet_format"})
