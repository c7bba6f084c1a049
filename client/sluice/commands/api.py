"""sluice api."""

import sys
from pathlib import Path

import click

from sluice.commands.parts.options import example
from sluice.commands.parts.session import connect
from sluice.errors import InputError
from sluice.output.terminal import is_terminal

_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")


@click.command(
    epilog=example("sluice api GET /api/runs", "sluice api POST /api/runs --data run.json --key blood-atlas-1")
)
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path")
@click.option(
    "--data", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The JSON to send; - is stdin."
)
@click.option("--accept", default="application/json", show_default=True, help="The type of the answer.")
@click.option("--key", metavar="TEXT", help="An Idempotency-Key: the request is then repeated like a read.")
def api(method: str, path: str, data: Path | None, accept: str, key: str | None) -> None:
    """Send a request to any address of the API.

    The answer is written as it is. /docs at the service describes all of them.
    """
    if not path.startswith("/"):
        raise InputError(f"{path!r} is no path of the service; it begins with a slash, such as /api/runs")
    try:
        content = None if data is None else sys.stdin.buffer.read() if str(data) == "-" else data.read_bytes()
    except OSError as error:
        raise InputError(f"{data} cannot be read: {error}") from error
    headers = {"Accept": accept} | ({"Idempotency-Key": key} if key else {})
    headers |= {"Content-Type": "application/json"} if content is not None or method == "POST" else {}
    with connect() as sluice:
        repeatable = key is not None or method in {"GET", "HEAD", "DELETE"}
        answer = sluice.api.transport.send(method, path, content=content, headers=headers, repeatable=repeatable)
    sys.stdout.buffer.write(answer.content)
    if is_terminal() and not answer.content.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")  # else the prompt of the shell follows it
    sys.stdout.flush()
