"""Checks a user's nextflow.config without running it."""

from common.domain.nextflow.config.brackets import unclosed_in
from common.domain.nextflow.config.reserved_settings import reserved_settings_in
from common.errors import Fault


def faults_in_config(config: str | None, *, field: str) -> list[Fault]:
    """A fault for each setting that only Sluice may make, and one for a bracket or quote that is not closed."""
    text = config or ""
    faults = [
        Fault(field=field, row=found.line, message=f"sets {found.setting} in line {found.line}: {found.advice}")
        for found in reserved_settings_in(text)
    ]
    if unclosed := unclosed_in(text):
        faults.append(Fault(field=field, row=unclosed.line, message=unclosed.message))
    return faults
