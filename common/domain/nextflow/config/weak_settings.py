"""Finds resources in a user's config that the pipeline's own settings override, and suggests settings that apply.

From the weakest to the strongest: `process.memory = ...`, the directive in the pipeline's script, withLabel, withName
(the Nextflow reference, chapter "Configuration", "Process selectors"). nf-core pipelines set resources by label.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from common.domain.batch.launch_config import growing
from common.domain.nextflow.config.changes import Setting
from common.domain.nextflow.config.settings import settings_in

_EXAMPLES: Final = {"cpus": "8", "memory": "64.GB", "disk": "500.GB", "time": "24.h"}
_LONGEST_QUOTED: Final = 80  # characters of a value
_AMOUNT: Final = re.compile(r"""['"]?(\d{1,9}(?:\.\d{1,9})?)\s{0,9}\.?\s{0,9}([A-Za-z]{1,7})['"]?""")


class WeakSetting(NamedTuple):
    """A setting for all processes in `line` (from 1); `right_form` is the same setting for one process."""

    line: int
    name: str
    right_form: str


def weak_settings_in(config: str) -> Iterator[WeakSetting]:
    """The resources that `config` sets without a selector, in the order of the lines."""
    for setting in settings_in(config):
        if not setting.selectors and setting.path[:-1] == ("process",) and setting.path[-1] in _EXAMPLES:
            yield WeakSetting(setting.line, setting.name, _right_form(setting))


def _right_form(setting: Setting) -> str:
    resource = setting.path[-1]
    return f"process {{ withName: STAR_ALIGN {{ {resource} = {_value(resource, setting.value)} }} }}"


def _value(resource: str, given: str) -> str:
    """The given value, growing with each attempt if it is a plain amount; an example if it cannot be read."""
    if resource != "cpus" and (amount := _AMOUNT.fullmatch(given)):
        return growing(f"{amount[1]}.{amount[2]}")
    if given and len(given) <= _LONGEST_QUOTED:
        return given
    return _EXAMPLES[resource] if resource == "cpus" else growing(_EXAMPLES[resource])
