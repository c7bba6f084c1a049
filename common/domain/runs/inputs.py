"""The inputs of a run, checked by the rules of a pipeline release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.domain.nextflow.config.user_config import faults_in_config, warnings_in_config
from common.domain.pipelines.addresses import other_sites, own_paths
from common.domain.pipelines.param_hints import param_hints
from common.domain.pipelines.params import validate_params
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.request_texts import (
    FieldLocation,
    LocatedText,
    files_in_params,
    texts_of_config,
    texts_of_params,
)
from common.domain.pipelines.sheet.sample_sheet import SampleSheet
from common.domain.text.secrets import faults_in_hidden_params, faults_of_hidden
from common.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """Parameters, samplesheet and Nextflow config; a dry run may leave the samplesheet out."""

    version: PipelineVersion
    params: Mapping[str, Any]
    sheet: SampleSheet | None
    config: str | None

    def faults(self) -> list[Fault]:
        """Every fault of the three inputs, each with its field of the request."""
        return [
            *faults_in_hidden_params(self.params, field="params"),
            *faults_of_hidden("config_content", self.config),
            *validate_params(self.version, self.params),
            *faults_in_config(self.config, field="config_content"),
            *(self.sheet.faults if self.sheet else ()),
            *own_paths(self.version, self.params, self.sheet.paths if self.sheet else ()),
        ]

    def warnings(self) -> list[Fault]:
        """Probable mistakes, which do not prevent the run, and what happens with files of other sites; each once."""
        found = [
            *param_hints(self.version, self.params, self.config),
            *warnings_in_config(self.config, field="config_content"),
            *(self.sheet.warnings if self.sheet else ()),
            *other_sites(self.version, self.params, self.sheet.paths if self.sheet else ()),
        ]
        return list(dict.fromkeys(found))

    def files(self) -> dict[str, FieldLocation]:
        """The gs:// addresses of the files that parameters and sheet name, each with one place that names it."""
        sheet = self.sheet.files() if self.sheet else {}
        return {**files_in_params(self.version.params, self.params), **sheet}

    def texts(self) -> Iterator[LocatedText]:
        """Every text that may name a file."""
        if self.sheet:
            yield from self.sheet.paths
        yield from texts_of_params(self.params, field="params")
        yield from texts_of_config(self.config, field="config_content")
