"""What the local stack says about itself: on the page at `/`, and on the terminal when it has started."""

from html import escape
from string import Template

from localdev.stack.layout import ADMIN, DEFAULT_USER, FUNCTIONS, HOST, PROJECT
from localdev.stack.ports import Ports

EXAMPLE, EXAMPLE_SHEET = "examples/scrnaseq/run.json", "examples/scrnaseq/samplesheet.csv"
_STAND_INS = {
    "postgres": "embedded Postgres 18 (Cloud SQL)",
    "storage": "Cloud Storage: JSON API, finalized events",
    "tasks": "Cloud Tasks, and the certificates of its identities",
    "batch": "Cloud Batch: runs head jobs and their tasks here",
    "logging": "Cloud Logging",
}


def parts(ports: Ports) -> list[tuple[str, int, str]]:
    """Everything that listens: name, port, what it is."""
    found = [("gateway", ports.gateway, "load balancer, Identity-Aware Proxy, API Gateway")]
    found += [(name, ports.all()[name], what) for name, what in _STAND_INS.items()]
    return found + [(name, ports.function(name), f"functions/{name}") for name in FUNCTIONS]


def things_to_try(ports: Ports) -> list[tuple[str, str]]:
    """What to do and the command that does it, to be pasted in order into a shell in the project's folder."""
    at = f"http://{HOST}:{ports.gateway}"
    start = f"RUN=$(curl -s -d @{EXAMPLE} {at}/api/runs | grep -o 'run-[0-9a-f]*' | head -1); echo $RUN"
    return [
        ("is everything well?", f"curl {at}/_functions/runs/ready"),
        ("what can be run?", f"curl {at}/api/pipelines"),
        ("run the example", start),
        ("watch it to the end", f"curl -N {at}/api/runs/$RUN/events"),
        ("its tasks", f"curl {at}/api/runs/$RUN/tasks"),
        ("its log, as entries", f'curl "{at}/api/runs/$RUN/logs?order=desc&limit=20"'),
        ("run it again, and cancel it", f"{start}; curl -X DELETE {at}/api/runs/$RUN"),
        ("all my runs", f"curl {at}/api/runs"),
        ("what was sequenced", f'curl "{at}/api/benchling/runs?page_size=5"'),
        ("be somebody else", f'curl -H "X-Dev-User: {ADMIN}" "{at}/api/runs?all=true"'),
    ]


def welcome_text(ports: Ports) -> str:
    """The page for a terminal."""
    at = f"http://{HOST}:{ports.gateway}"
    lines = [f"Sluice, the whole of it on this machine: {at}", ""]
    lines += [f"Addresses are described in {at}/docs and {at}/openapi.json.", ""]
    lines += [f"  {name:15}{port:<7}{what}" for name, port, what in parts(ports)]
    lines += ["", f"You are {DEFAULT_USER}; the header X-Dev-User makes you somebody else. Try, in this order:", ""]
    lines += [f"  # {what}\n  {command}" for what, command in things_to_try(ports)]
    return "\n".join(lines) + "\n"


_PAGE = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sluice, local</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
  h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem }
  td { padding: .15rem 1.5rem .15rem 0; vertical-align: top }
  td:nth-child(2) { font-variant-numeric: tabular-nums }
  dt { margin-top: 1rem } dd { margin: .25rem 0 0 }
  code { font-size: .875rem; display: block; overflow-x: auto; white-space: pre; padding: .5rem .75rem;
         border-radius: .4rem; background: color-mix(in srgb, currentColor 8%, transparent) }
</style>
<h1>Sluice</h1>
<p>The whole of it on this machine, as project <b>$project</b>. Addresses are described in
<a href="/docs">/docs</a> and <a href="/openapi.json">/openapi.json</a>.</p>
<h2>What is running</h2>
<table>$parts</table>
<h2>What to try</h2>
<p>Paste these in order into a shell in the project's folder. You are <b>$user</b>; the header
<b>X-Dev-User</b> makes you somebody else.</p>
<dl>$commands</dl>
</html>
""")


def welcome_html(ports: Ports) -> str:
    """The page for a browser."""
    rows = "".join(f"<tr><td><b>{name}</b><td>{port}<td>{escape(what)}" for name, port, what in parts(ports))
    commands = "".join(
        f"<dt>{escape(what)}<dd><code>{escape(command)}</code>" for what, command in things_to_try(ports)
    )
    return _PAGE.substitute(project=PROJECT, user=DEFAULT_USER, parts=rows, commands=commands)
