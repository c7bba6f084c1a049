"""What can be known to be wrong with a run before anything is stored: a dry run, and the first half of a submit."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.domain.nextflow.config.brackets import unclosed_in
from common.domain.nextflow.config.reserved_settings import reserved_settings_in
from common.domain.pipelines.param_resolution import filled_columns
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import SampleSheet
from common.errors import Fault
from common.services.pipelines.registry import PipelineRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedInputs:
    """The release that was meant, its sheet as it was read (None: none was sent), and all that is wrong."""

    version: PipelineVersion
    sheet: SampleSheet | None
    faults: tuple[Fault, ...]

    @property
    def warnings(self) -> tuple[Fault, ...]:
        return self.sheet.warnings if self.sheet else ()


def check_inputs(
    registry: PipelineRegistry,
    version: PipelineVersion,
    *,
    params: Mapping[str, object],
    samplesheet: str | None,
    config: str | None,
) -> CheckedInputs:
    """Everything that is wrong with what a user sends for a release, all at once."""
    name, release = version.pipeline, version.version
    filled = filled_columns(version, params)
    sheet = None if samplesheet is None else registry.read_samplesheet(name, release, samplesheet, filled=filled)
    faults = (
        *registry.validate_params(name, release, params),
        *faults_in_config(config, field="config_content"),
        *(sheet.faults if sheet else ()),
    )
    return CheckedInputs(version=version, sheet=sheet, faults=faults)


def faults_in_config(config: str | None, *, field: str) -> list[Fault]:
    """A fault for each setting in a user's config that is Sluice's to make, and for what is not closed in it."""
    text = config or ""
    faults = [
        Fault(field=field, row=found.line, message=f"sets {found.setting} in line {found.line}: {found.advice}")
        for found in reserved_settings_in(text)
    ]
    if unclosed := unclosed_in(text):
        faults.append(Fault(field=field, row=unclosed.line, message=unclosed.message))
    return faults
