"""`make verify`: try what must be true of a deployment, one line a fact, and say what to do about each that is not.

Usage: python -m tools.verify [--host HOST] [--port PORT] [--state DIR] [--json] [--without KEYS]
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import requests

from localdev.stack.layout import StackError
from localdev.stack.ports import Ports, running_ports
from localdev.stack.run import Stopped, arguments_of, stop_on_signals
from localdev.stack.stack import Stack
from tools.verify.deployment import Deployment, ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.facts.table import FACTS
from tools.verify.google_cloud import signed_in_deployment, terraform_outputs
from tools.verify.local import LocalDeployment
from tools.verify.outcomes import Failed, FaultError, Held, NotTriedError
from tools.verify.trying import Result, try_facts


def verify(deployment: Deployment, *, without: frozenset[str] = frozenset(), as_json: bool = False) -> bool:
    """Try all facts and print them; whether all that could be tried hold."""
    began, subject, results = time.monotonic(), Subject(deployment), list[Result]()
    try:
        for result in try_facts(subject, FACTS, without=without):
            results.append(result)
            if not as_json:
                print(*result.lines(), sep="\n", flush=True)
    finally:
        _clean_up(subject)
    if as_json:
        print(json.dumps([result.as_json() for result in results], indent=1))
    failed = [result for result in results if isinstance(result.outcome, Failed)]
    if not as_json:
        held = sum(isinstance(result.outcome, Held) for result in results)
        rest = len(results) - held - len(failed)
        verdict = f"{held} facts hold, {len(failed)} do not, {rest} could not be tried"
        print(f"\n{verdict} ({deployment.address}, {time.monotonic() - began:.0f} s).")
    return not failed


def _clean_up(subject: Subject) -> None:
    try:
        subject.trial.clean_up()
    except (FaultError, ServiceRefusedError, requests.RequestException) as error:
        print(f"The runs {', '.join(subject.trial.run_ids)} could not be cleaned up: {error}", file=sys.stderr)


@contextmanager
def _local(ports: Ports, folder: Path) -> Iterator[LocalDeployment]:
    """The stack that runs with its data in `folder`, or one of our own on `ports`."""
    running = running_ports(folder)
    if running is None:
        print("Starting a local stack…", file=sys.stderr, flush=True)
    with (
        nullcontext() if running else Stack(ports, folder),
        closing(LocalDeployment(running or ports, folder)) as local,
    ):
        yield local


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="", help="the host name of a deployment; without it, the local stack")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--without", default="", help="keys of facts to leave out, separated by commas")


def main() -> int:
    """Verify; return 0 if all facts hold, 1 if one does not, 2 if nothing could be tried."""
    options = arguments_of("tools.verify", _add_options)
    without = frozenset(filter(None, options.without.split(",")))
    if unknown := without - {fact.key for fact in FACTS}:
        print(f"verify: there is no fact {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    stop_on_signals()
    try:
        if options.host:
            with closing(signed_in_deployment(options.host, terraform_outputs())) as deployment:
                return 0 if verify(deployment, without=without, as_json=options.json) else 1
        with _local(Ports(options.port), options.state) as local:
            return 0 if verify(local, without=without, as_json=options.json) else 1
    except (StackError, NotTriedError, requests.ConnectionError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    except Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main())
