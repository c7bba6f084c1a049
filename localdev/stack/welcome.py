"""What the terminal says after the start, and the developer's page at /dev: ports, and commands to try."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from localdev.stack.layout import ADMIN, DEFAULT_USER, FUNCTIONS, HOST, PAGE, PROJECT
from localdev.stack.ports import Ports

EXAMPLE, EXAMPLE_SHEET = "examples/scrnaseq/run.json", "examples/scrnaseq/samplesheet.csv"
EXAMPLE_PARAMS = "examples/scrnaseq/params.json"
_STAND_INS = {
    "postgres": "embedded Postgres 18, in place of Cloud SQL",
    "storage": "stand-in for Cloud Storage; also sends the events of new objects",
    "tasks": "stand-in for Cloud Tasks; also serves the certificates of the OIDC tokens",
    "batch": "stand-in for Cloud Batch; runs head jobs and tasks on this machine",
    "logging": "stand-in for Cloud Logging",
    "mail": "mail server (SMTP) that keeps all mails for you to read at /dev/mails",
}


def parts(ports: Ports) -> list[tuple[str, int, str]]:
    """Everything that listens on a port: name, port, description."""
    found = [("gateway", ports.gateway, "the API; in place of load balancer, Identity-Aware Proxy and API Gateway")]
    found += [(name, ports.all()[name], what) for name, what in _STAND_INS.items()]
    return found + [(name, ports.function(name), f"functions/{name}") for name in FUNCTIONS]


def things_to_try(ports: Ports) -> list[tuple[str, str]]:
    """Descriptions and shell commands, to be pasted in this order into a shell in the project's folder."""
    at = f"http://{HOST}:{ports.gateway}"
    submit = f"sluice submit -p nf-core/scrnaseq -s {EXAMPLE_SHEET} --params {EXAMPLE_PARAMS}"
    sluice = 'sluice() { PYTHONPATH=client .venv/bin/python -m sluice "$@"; }'
    return [
        ("Is everything up?", f"curl {at}/_functions/runs/ready"),
        ("Use the command line of this checkout; docs/cli.md installs it.", f"export SLUICE_URL={at}; {sluice}"),
        ("Which pipelines can be run?", "sluice pipelines"),
        ("Run the example.", submit),
        ("Follow your last run until it ends.", "sluice watch"),
        ("List its tasks.", "sluice tasks"),
        ("Read the last 20 entries of its log.", "sluice logs --tail 20"),
        ("What did it cost?", "sluice cost"),
        ("Run the example again and cancel it.", f"sluice cancel $({submit})"),
        ("List your runs.", "sluice runs"),
        ("List the newest NGS runs in Benchling.", "sluice api GET '/api/benchling/runs?page_size=5'"),
        ("List everybody's runs, as the administrator.", f"SLUICE_USER={ADMIN} sluice runs --all"),
    ]


def welcome_text(ports: Ports, page: Path = PAGE) -> str:
    """What the terminal says after the start."""
    at = f"http://{HOST}:{ports.gateway}"
    has_page = page.is_file()
    first = f"Sluice is running. Open {at} in a browser."
    without = f"Sluice is running at {at}, without its page: npm could not be reached to build it."
    menu = "The page has a menu to act as another user; programs send the header X-Dev-User."
    no_menu = "To act as another user, set SLUICE_USER, or send the header X-Dev-User."
    return "\n".join(
        [
            first if has_page else without,
            "",
            f"  {at}/dev    ports, and commands to try",
            f"  {at}/docs   the API",
            "",
            f"You are {DEFAULT_USER}. {menu if has_page else no_menu}",
            "",
        ]
    )


def dev_page_text(ports: Ports) -> str:
    """The developer's page for a terminal."""
    at = f"http://{HOST}:{ports.gateway}"
    lines = [f"API documentation: {at}/docs (OpenAPI: {at}/openapi.json)"]
    lines += [f"Mails that Sluice sent: {at}/dev/mails"]
    lines += [f"Where your own receiver of webhooks can listen: {_receiver(ports)}", ""]
    lines += [f"  {name:15}{port:<7}{what}" for name, port, what in parts(ports)]
    lines += ["", f"You are {DEFAULT_USER}. To be another user, set SLUICE_USER, or send the header X-Dev-User.", ""]
    lines += ["Things to try, in this order, in a shell in the project's folder:", ""]
    lines += [f"  # {what}\n  {command}" for what, command in things_to_try(ports)]
    return "\n".join(lines) + "\n"


def _receiver(ports: Ports) -> str:
    return f"http://{HOST}:{ports.receiver}"


_STYLE = """
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
  h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem }
  td { padding: .15rem 1.5rem .15rem 0; vertical-align: top }
  td:nth-child(2) { font-variant-numeric: tabular-nums }
  dt { margin-top: 1rem } dd { margin: .25rem 0 0 }
  code { font-size: .875rem; display: block; overflow-x: auto; white-space: pre; padding: .5rem .75rem;
         border-radius: .4rem; background: color-mix(in srgb, currentColor 8%, transparent) }
"""
DEV_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = Template(f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sluice, local</title>
<style>{_STYLE}</style>
<h1>Sluice</h1>
<p>For developers: Sluice is running on this machine, as project <b>$project</b>. Its page is at <a href="/">/</a>, the
API is documented at <a href="/docs">/docs</a> (OpenAPI: <a href="/openapi.json">/openapi.json</a>).
<a href="/dev/sign-out">Sign out</a> shows what the page does when a session ends.
<a href="/dev/mails">/dev/mails</a> has the mails that Sluice sent. Your own receiver of webhooks can listen at
<b>$receiver</b>.</p>
<h2>Running parts</h2>
<table>$parts</table>
<h2>Things to try</h2>
<p>Paste these commands in this order into a shell in the project's folder. You are <b>$user</b>; to act as another
user, set <b>SLUICE_USER</b>, or send the header <b>X-Dev-User</b>.</p>
<dl>$commands</dl>
</html>
""")


def dev_page_html(ports: Ports) -> str:
    """The developer's page for a browser."""
    rows = "".join(f"<tr><td><b>{name}</b><td>{port}<td>{escape(what)}" for name, port, what in parts(ports))
    commands = "".join(
        f"<dt>{escape(what)}<dd><code>{escape(command)}</code>" for what, command in things_to_try(ports)
    )
    return _PAGE.substitute(
        project=PROJECT, user=DEFAULT_USER, receiver=_receiver(ports), parts=rows, commands=commands
    )
