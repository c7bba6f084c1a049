"""Steps that submit and recover share: a free run id, and the input files of a run."""

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from common.domain.runs import files as run_files
from common.domain.runs.run import Run, run_id_from
from common.errors import NotFoundError, UnavailableError
from common.services.runs.store import RunStoreService

_ID_TRIES = 5


class _Quoting(yaml.SafeDumper):
    """Writes every string in double quotes."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def create_with_free_id(
    runs: RunStoreService,
    number: Callable[[], int],
    prepare: Callable[[str], Run],
    insert: Callable[[Run], bool],
) -> Run:
    """Store a run under an id that no other run has.

    `prepare` stores the inputs for an id and returns its run; `insert` stores the row, False when the id or the
    session was taken in the meantime. A commit whose answer was lost counts as done if the row is there.

    Raises UnavailableError when no free id is found, or what `insert` raises. The message names the run when nobody
    can tell whether it was stored.
    """
    for _ in range(_ID_TRIES):
        run_id = run_id_from(number())
        if _is_taken(runs, run_id):
            continue  # checked before anything is stored, which would replace the inputs of another run
        run = prepare(run_id)
        try:
            is_new = insert(run)
        except UnavailableError as error:
            is_new = _was_stored(runs, run, error)
        if is_new:
            return run
    raise UnavailableError("no free run id was found; try again")


def params_file(params: Mapping[str, Any]) -> bytes:
    """params.yaml, with all strings quoted: YAML readers differ in which plain words are numbers (1e5, 0o17, 1_000)."""
    return yaml.dump(dict(params), Dumper=_Quoting, allow_unicode=True).encode()


def config_file(config: str | None) -> bytes:
    """nextflow.config; a comment when the user sent none."""
    return (config or run_files.NO_CONFIG).encode()


def _is_taken(runs: RunStoreService, run_id: str) -> bool:
    try:
        runs.get_run(run_id)
    except NotFoundError:
        return False
    return True


def _was_stored(runs: RunStoreService, run: Run, error: UnavailableError) -> bool:
    """True when the row is there although its insert failed with `error`; otherwise raise the error."""
    try:
        found = runs.find_created(run)
    except UnavailableError:
        message = f"the database did not confirm the new run {run.run_id}; check whether it exists before you try again"
        raise UnavailableError(message, retry_after_s=error.retry_after_s) from error
    if found is None or found.session_id != run.session_id:
        raise error
    return True
