"""sluice login, logout and whoami."""

import click

from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.output.writer import Output


@click.command(epilog=example("sluice whoami", "sluice whoami --format '{email}'"))
@output_options
def whoami(out: Output) -> None:
    """Show who is signed in, and where."""
    with connect() as sluice:
        me, server = sluice.me(), sluice.api.transport.server
    fields = {
        "email": me.email,
        "name": me.display_name,
        "service": server,
        "administrator": me.is_admin,
        "runs": me.stats.total_runs,
    }
    out.record(me, fields)
