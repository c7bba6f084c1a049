"""The pipelines that can be run, and whether what a user sends fits one of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from common.domain.nextflow.config.rendering import ConfigOptions, run_config
from common.domain.pipelines.params import all_values, param_fault, validate_params
from common.domain.pipelines.pipeline import Column, Pipeline, PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import SampleSheet, read_sample_sheet
from common.domain.text.wording import did_you_mean
from common.errors import Fault, NotFoundError
from common.services.pipelines.data import DATA, read_pipelines
from common.services.pipelines.schema_rules import Schema, SchemaRules


class PipelineRegistry:
    """Answers from memory; built once per process by `load`.

    Every method that takes a name raises NotFoundError, which says what there is.
    """

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._pipelines = {pipeline.name: pipeline for pipeline in pipelines}
        self._rules: dict[tuple[str, str, str], SchemaRules] = {}

    @classmethod
    def load(cls, folder: Path = DATA) -> Self:
        """Every pipeline below `folder`. Raises PipelineDataError for the first file that is wrong."""
        return cls(read_pipelines(folder))

    def list_pipelines(self) -> tuple[Pipeline, ...]:
        """All pipelines, by name."""
        return tuple(self._pipelines.values())

    def find_pipeline(self, name: str) -> Pipeline:
        """A pipeline with all its releases."""
        if name not in self._pipelines:
            known = ", ".join(self._pipelines)
            raise NotFoundError(f"there is no pipeline {name!r}{did_you_mean(name, self._pipelines)}; known: {known}")
        return self._pipelines[name]

    def get_pipeline(self, name: str, version: str | None = None) -> PipelineVersion:
        """One release, the default one for None."""
        pipeline = self.find_pipeline(name)
        wanted = version or pipeline.default_version
        for release in pipeline.versions:
            if release.version == wanted:
                return release
        known = ", ".join(release.version for release in pipeline.versions)
        raise NotFoundError(f"{name} has no version {wanted!r} here; known: {known}")

    def get_samplesheet_schema(self, name: str, version: str | None = None) -> tuple[Column, ...]:
        """The columns of a release's samplesheet."""
        return self.get_pipeline(name, version).columns

    def validate_params(self, name: str, version: str | None, params: Mapping[str, object]) -> list[Fault]:
        """Everything wrong with `params` for a release."""
        release = self.get_pipeline(name, version)
        if faults := validate_params(release, params):
            return faults  # rules that span fields would tell of the same once more
        rules = self._rules_of(release, "params", release.param_rules)
        return [param_fault(field, told) for field, told in rules.complaints(all_values(release, params))]

    def read_samplesheet(
        self, name: str, version: str | None, data: bytes | str, *, filled: Collection[str] = ()
    ) -> SampleSheet:
        """The sheet as a release sees it, with everything that is wrong in it; blanks in `filled` columns are right."""
        release = self.get_pipeline(name, version)
        judge = self._rules_of(release, "rows", release.row_rules) if release.row_rules else None
        columns = [
            replace(column, required=False, allows_blank=True) if column.name in filled else column
            for column in release.columns
        ]
        return read_sample_sheet(
            data,
            columns,
            sample_column=release.sample_column,
            lanes_are_alike=release.lanes_are_alike,
            unique=release.unique,
            judge=judge,
        )

    def render_config(self, name: str, version: str | None, options: ConfigOptions) -> str:
        """A nextflow.config for Cloud Batch, to be sent with a run as it is or changed."""
        return run_config(self.get_pipeline(name, version), options)

    def _rules_of(self, release: PipelineVersion, kind: str, schema: Schema) -> SchemaRules:
        key = (release.pipeline, release.version, kind)
        if key not in self._rules:
            self._rules[key] = SchemaRules(schema)
        return self._rules[key]
