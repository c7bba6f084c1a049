"""sluice dump."""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.options import example, run_argument
from sluice.commands.parts.session import connect
from sluice.commands.read.tasks import write_csv
from sluice.errors import ConflictError, ConnectionLostError, UnavailableError
from sluice.output.writer import Output

if TYPE_CHECKING:
    from sluice.client import Sluice
    from sluice.run import Run
    from sluice.transport import Transport

_BUILT_WITHIN: Final = 90  # questions of up to 10 s


@click.command(epilog=example("sluice dump", "sluice dump run-0229dfe4 -o for_the_operator.zip"))
@run_argument
@click.option("-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="The file; RUN.zip in this folder without it.")  # fmt: skip
def dump(reference: str, file: Path | None) -> None:
    """Put all logs of a run, run.json and tasks.csv into one zip."""
    with connect() as sluice:
        run = sluice.run(reference)
        target = file or Path(f"{run.id}.zip")
        if target.exists():
            raise ConflictError(f"{target} is there already")
        part = target.with_name(f".{target.name}.part")
        try:
            _fetch_archive(sluice, run, part)
            _add_tables(run, part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    Output().line(str(target))


def _fetch_archive(sluice: "Sluice", run: "Run", part: Path) -> None:
    """The archive of the service, from the beginning whenever the connection breaks. Raises UnavailableError."""
    transport = sluice.api.transport
    patience = transport.patience()
    while True:
        link = _link_to_archive(transport, run)
        try:
            with transport.download(link, {}) as stream, part.open("wb") as opened:
                opened.writelines(stream.pieces)
                return
        except ConnectionLostError as lost:
            if not patience.pause(lost.retry_after_s):
                raise


def _link_to_archive(transport: "Transport", run: "Run") -> str:
    """The link to the archive, which is made when it is asked for. Raises UnavailableError."""
    for _ in range(_BUILT_WITHIN):
        answer = transport.send("GET", f"/api/runs/{run.id}/logs/download", query={"wait": 10}, repeatable=True)
        if answer.status == 302:
            return answer.headers["location"]
        time.sleep(float(answer.headers.get("retry-after", "2")))
    raise UnavailableError("the archive is still being made; try again in some minutes")


def _add_tables(run: "Run", part: Path) -> None:
    table = io.StringIO(newline="")
    write_csv(run.tasks(), table)
    with zipfile.ZipFile(part, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run.json", json.dumps(run.info().raw, indent=1, ensure_ascii=False) + "\n")
        archive.writestr("tasks.csv", table.getvalue())
