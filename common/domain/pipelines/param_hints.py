"""Warnings about parameters: probable mistakes, which do not prevent a run."""

from collections.abc import Iterator, Mapping
from typing import Final

from common.domain.pipelines.params import is_blank
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.text.wording import did_you_mean, one_of, shortened
from common.errors import Fault

_GENOME: Final = "genome"
_OWN_GENOMES: Final = "genomes"  # the setting params.genomes, or a block of this name


def param_hints(version: PipelineVersion, params: Mapping[str, object], config: str | None) -> list[Fault]:
    """The warnings, one for each parameter at most."""
    hints = []
    for param in version.params:
        value = params.get(param.name)
        if not isinstance(value, str):
            continue
        if is_blank(value):
            hint = "is empty, so it counts as left out"
        elif param.name == _GENOME and version.genomes:
            hint = next(_genome_hint(version, value, params, config), "")
        elif param.suggestions and param.aliases.get(value, value) not in param.suggestions:
            hint = f"{shortened(value)} is not one of the usual values: {one_of(param.suggestions)}"
        else:
            hint = ""
        hints += [Fault(field=f"params.{param.name}", message=hint)] if hint else []
    return hints


def _genome_hint(
    version: PipelineVersion, genome: str, params: Mapping[str, object], config: str | None
) -> Iterator[str]:
    """nf-core pipelines end at once for a key that is not in params.genomes, unless that is empty (igenomes_ignore)."""
    brings_own = _OWN_GENOMES in (config or "") or "custom_config_base" in params
    if genome not in version.genomes and not brings_own and params.get("igenomes_ignore") is not True:
        release = f"{version.pipeline} {version.version}"
        guess = did_you_mean(genome, version.genomes)
        yield f"{release} has no genome {shortened(genome)}{guess}; unless its configs add it, the run fails at once"
