"""Checks a user's nextflow.config without running it."""

from itertools import islice

from common.domain.nextflow.config.brackets import unclosed_in
from common.domain.nextflow.config.reserved_settings import MOST_FINDINGS, reserved_settings_in
from common.domain.nextflow.config.weak_settings import weak_settings_in
from common.errors import Fault


def faults_in_config(config: str | None, *, field: str) -> list[Fault]:
    """A fault for each setting that only Sluice may make, and one for a bracket or quote that is not closed."""
    text = config or ""
    faults = [
        Fault(
            field=field,
            row=found.line,
            message=f"{_verb(found.setting)} {found.setting} in line {found.line}: {found.advice}",
        )
        for found in reserved_settings_in(text)
    ]
    if unclosed := unclosed_in(text):
        faults.append(Fault(field=field, row=unclosed.line, message=unclosed.message))
    return faults


def _verb(setting: str) -> str:
    if setting.endswith("()"):
        return "calls"
    return "nests" if setting == "blocks" else "holds" if setting.startswith("name ") else "sets"


def warnings_in_config(config: str | None, *, field: str) -> list[Fault]:
    """A warning for each resource that the pipeline's own settings override; at most MOST_FINDINGS."""
    return [
        Fault(
            field=field,
            row=found.line,
            message=f"sets {found.name} in line {found.line}, which the pipeline's own setting for a process or its "
            f"label overrides; name the process instead: {found.right_form}",
        )
        for found in islice(weak_settings_in(config or ""), MOST_FINDINGS)
    ]
