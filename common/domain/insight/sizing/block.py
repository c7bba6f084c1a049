"""Advice as a block of a nextflow.config, for the next launch."""

from collections import Counter
from collections.abc import Sequence

from common.domain.batch.launch_config import quoted
from common.domain.insight.sizing.advice import ProcessAdvice
from common.domain.insight.sizing.memory import GIB
from common.domain.nextflow.config.rendering import Resources


def config_block(advice: Sequence[ProcessAdvice], *, about: str) -> str:
    """The settings for all processes whose request should change; empty if there is none.

    `about` says in one line what the advice was made from. All but the CPUs grow with each attempt of a task.
    """
    changes = [each for each in advice if each.is_change and each.advised]
    if not changes:
        return ""
    names = Counter(map(_short_name, advice))
    lines = [f"// {about}", "process {"]
    for each in changes:
        name = _short_name(each)
        lines += [f"    withName: {quoted(name if names[name] == 1 else each.process)} {{"]
        lines += [f"        {setting} = {value}" for setting, value in _settings(each).items()]
        lines += ["    }"]
    return "\n".join([*lines, "}"]) + "\n"


def _short_name(advice: ProcessAdvice) -> str:
    """The name without its scope, by which a config can select the process."""
    return advice.process.rpartition(":")[2]


def _settings(advice: ProcessAdvice) -> dict[str, str]:
    asked = advice.advised
    if asked is None:
        return {}
    return Resources(cpus=asked.cpus, memory_gb=asked.memory // GIB if asked.memory else None).growing_settings()
