"""`make verify`: try what must be true of a deployment, one line a fact, and say what to do about each that is not.

Usage: python -m tools.verify [--host HOST] [--port PORT] [--state DIR] [--json] [--without KEYS]
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import requests

from localdev.stack.layout import StackError
from localdev.stack.ports import Ports, running_ports
from localdev.stack.run import Stopped, arguments_of, stop_on_signals
from localdev.stack.stack import Stack
from tools.verify.deployment import Deployment
from tools.verify.facts.subject import Subject
from tools.verify.facts.table import FACTS
from tools.verify.google_cloud import signed_in_deployment, terraform_outputs
from tools.verify.local import LocalDeployment
from tools.verify.outcomes import Failed, NotHere, NotTriedError
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
        print("", *last_lines(results), f"({deployment.address}, {time.monotonic() - began:.0f} s)", sep="\n")
    return not failed


def last_lines(results: Sequence[Result]) -> Iterator[str]:
    """How many facts hold, do not, and could not be tried, of which nobody knows."""
    failed = [result.fact.key for result in results if isinstance(result.outcome, Failed)]
    untried = [result.fact.key for result in results if isinstance(result.outcome, NotHere)]
    yield f"{len(results) - len(failed) - len(untried)} of {len(results)} facts hold."
    if failed:
        yield f"Failed ({len(failed)}): {', '.join(failed)}."
    if untried:
        yield f"Not tried ({len(untried)}), so they may hold or not, which is no failure: {', '.join(untried)}."


def _clean_up(subject: Subject) -> None:
    if not (run_ids := subject.trial.run_ids):
        return
    names = ", ".join(run_ids)
    print(f"Deleting what is left of {names}; one that still goes on is cancelled first…", file=sys.stderr, flush=True)
    try:
        left = subject.trial.clean_up()
    except Stopped:
        print(f"Stopped before that was done: look at {names} (sluice cancel RUN).", file=sys.stderr)
        raise
    for run_id, why in left.items():
        print(f"{run_id} could not be cleaned up: {why}", file=sys.stderr)


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
