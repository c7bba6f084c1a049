"""What submitting and recovering share: an id that no run has, and the files that a run is given."""

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from common.domain.runs.run import Run, run_id_from
from common.errors import NotFoundError, UnavailableError
from common.services.runs.store import RunStoreService

_ID_TRIES = 5
_NO_CONFIG = "// The run was submitted without a Nextflow configuration of its own.\n"


class _Quoting(yaml.SafeDumper):
    """Writes every text in double quotes."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def create_with_free_id(runs: RunStoreService, number: Callable[[], int], make: Callable[[str], Run | None]) -> Run:
    """What `make` makes of an id that is free; None from it says that the id was taken meanwhile.

    Raises UnavailableError when no free id is found.
    """
    for _ in range(_ID_TRIES):
        run_id = run_id_from(number())
        if _is_taken(runs, run_id):
            continue  # before anything is stored: it would replace the inputs of another run
        if run := make(run_id):
            return run
    raise UnavailableError("no free run id was found; try again")


def params_file(params: Mapping[str, Any]) -> bytes:
    """params.yaml, with texts in quotes: readers of YAML differ in what is a number without (1e5, 0o17, 1_000)."""
    return yaml.dump(dict(params), Dumper=_Quoting, allow_unicode=True).encode()


def config_file(config: str | None) -> bytes:
    """nextflow.config, which is never empty."""
    return (config or _NO_CONFIG).encode()


def _is_taken(runs: RunStoreService, run_id: str) -> bool:
    try:
        runs.get_run(run_id)
    except NotFoundError:
        return False
    return True
