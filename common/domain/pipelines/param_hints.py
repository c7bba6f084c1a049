"""Warnings about parameters: probable mistakes, which do not prevent a run."""

from collections.abc import Mapping
from typing import Final

from common.domain.pipelines.params import is_blank
from common.domain.pipelines.pipeline import Param, PipelineVersion
from common.domain.text.wording import did_you_mean, one_of, shortened
from common.errors import Fault

_GENOME: Final = "genome"
_OWN_GENOMES: Final = "genomes"  # the setting params.genomes, or a block of this name


def param_hints(version: PipelineVersion, params: Mapping[str, object], config: str | None) -> list[Fault]:
    """The warnings, one for each parameter at most."""
    values = [(param, value) for param in version.params if isinstance(value := params.get(param.name), str)]
    hints = [(param.name, _hint(version, param, value, params, config)) for param, value in values]
    return [Fault(field=f"params.{name}", message=hint) for name, hint in hints if hint]


def _hint(version: PipelineVersion, param: Param, value: str, params: Mapping[str, object], config: str | None) -> str:
    if is_blank(value):
        return "is empty, so it counts as left out"
    if param.name == _GENOME and version.genomes:
        return _genome_hint(version, value, params, config)
    if param.suggestions and param.aliases.get(value, value) not in param.suggestions:
        return f"{shortened(value)} is not one of the usual values: {one_of(param.suggestions)}"
    return ""


def _genome_hint(version: PipelineVersion, genome: str, params: Mapping[str, object], config: str | None) -> str:
    """nf-core pipelines end at once for a key that is not in params.genomes, unless that is empty (igenomes_ignore)."""
    brings_own = _OWN_GENOMES in (config or "") or "custom_config_base" in params
    if genome in version.genomes or brings_own or params.get("igenomes_ignore") is True:
        return ""
    release = f"{version.pipeline} {version.version}"
    guess = did_you_mean(genome, version.genomes)
    return f"{release} has no genome {shortened(genome)}{guess}; unless its configs add it, the run fails at once"
