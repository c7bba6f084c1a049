"""sluice cancel."""

import time
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.following import detaching
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.errors import ConflictError
from sluice.output.terminal import tell
from sluice.output.writer import Output
from sluice.vocabulary import FINAL

if TYPE_CHECKING:
    from sluice.models.runs import RunResponse
    from sluice.run import Run

_POLL_S: Final = 2.0


@click.command(epilog=example("sluice cancel", "sluice cancel run-0229dfe4 --wait"))
@run_argument
@click.option("--wait", is_flag=True, help="Wait until none of its jobs is left.")
@output_options
def cancel(out: Output, reference: str, *, wait: bool) -> None:
    """Cancel a run: stop all of its jobs. Finished tasks are kept, and `recover` reuses them."""
    with connect() as sluice:
        run = sluice.run(reference)
        info = run.cancel()
        if wait:
            with detaching(run.id, "show"):
                info = _wait(run, info)
        out.value(info.raw, f"{info.run_id} {info.status if info.status in FINAL else 'cancelling'}")
        if info.status in {"completed", "failed"}:
            raise ConflictError(f"run {info.run_id} {info.status} before it could be cancelled")


def _wait(run: "Run", info: "RunResponse") -> "RunResponse":
    """Say which jobs are left until none is."""
    said: str | None = None
    while info.status not in FINAL:
        if info.status_detail and info.status_detail != said:
            said = info.status_detail
            tell(said)
        time.sleep(_POLL_S)
        info = run.info()
    return info
