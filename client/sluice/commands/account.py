"""sluice login, logout and whoami."""

import os
import webbrowser
from functools import partial
from typing import TYPE_CHECKING

import click

from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.errors import InputError
from sluice.output.terminal import tell
from sluice.output.writer import Output

if TYPE_CHECKING:
    from sluice.settings import Settings


@click.command(epilog=example("sluice login https://sluice.example.org", "sluice login http://127.0.0.1:8080"))
@click.argument("address", required=False)
@click.option("--no-browser", is_flag=True, help="Sign in with a browser of another machine.")
def login(address: str | None, *, no_browser: bool) -> None:
    """Sign in at a service, and use it from now on."""
    from sluice.settings import Settings  # noqa: PLC0415

    settings = Settings.from_environment(os.environ, address)
    if settings.server.startswith("https://") and not settings.service_account:
        _sign_person_in(settings, no_browser=no_browser)
    with connect(settings.server) as sluice:
        me = sluice.me()
    settings.remember_server()
    tell(f"You are {me.email} at {settings.server}.")


def _sign_person_in(settings: "Settings", *, no_browser: bool) -> None:
    from sluice.signin.browser import code_from_browser, code_from_paste  # noqa: PLC0415 they load the HTTP library
    from sluice.signin.choice import person_for  # noqa: PLC0415
    from sluice.signin.google import ProgramClient  # noqa: PLC0415
    from sluice.state import State  # noqa: PLC0415

    client = ProgramClient.of_service(settings.server)
    get_code = partial(code_from_paste, ask=_ask) if no_browser else partial(code_from_browser, open_page=_open_page)
    _, is_protected = person_for(settings, State(settings.state)).sign_in(client, get_code)
    if not is_protected:
        tell(f"This machine has no keyring, so the sign-in is kept in {settings.state}, readable by you only.")


def _open_page(page: str) -> None:
    if not webbrowser.open(page):
        tell("No browser could be opened here. Open this address, or use --no-browser:")
    tell(page)


def _ask(page: str) -> str:
    tell("Open this address in a browser and sign in. It then shows an error; paste its address here.")
    tell(page)
    try:
        return str(click.prompt("Address", err=True))
    except click.Abort as error:
        raise InputError("nothing was pasted") from error


@click.command(epilog=example("sluice logout"))
def logout() -> None:
    """Forget the sign-in on this machine."""
    from sluice.settings import Settings  # noqa: PLC0415
    from sluice.signin.choice import person_for  # noqa: PLC0415
    from sluice.state import State  # noqa: PLC0415

    settings = Settings.from_environment(os.environ)
    person_for(settings, State(settings.state)).sign_out()
    tell(f"Nobody is signed in at {settings.server} on this machine.")


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
