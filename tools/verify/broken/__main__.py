"""`make verify-broken`: break a local stack in one way after the other; count what verify finds and names.

Usage: python -m tools.verify.broken [--port PORT] [--only WORDS]
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from localdev.stack.layout import StackError
from localdev.stack.ports import Ports
from localdev.stack.run import Stopped, arguments_of, stop_on_signals
from localdev.stack.stack import Stack
from tools.verify.broken.breaking import Breaker
from tools.verify.broken.faults import Misconfiguration, faults
from tools.verify.facts.subject import Subject
from tools.verify.facts.table import FACTS, OF_RUNS
from tools.verify.local import LocalDeployment
from tools.verify.outcomes import Failed
from tools.verify.trying import Result, try_facts

_PATIENCE_S: Final = 30.0  # enough for a run that is healthy, four times as fast as on a stack of one's own


def judged(fault: Misconfiguration, results: Sequence[Result]) -> str:
    """What is wrong with the answer of verify; empty if it found the fault and named it."""
    failed = {result.fact.key: result.outcome for result in results if isinstance(result.outcome, Failed)}
    outcome = failed.get(fault.fact)
    if outcome is None:
        return f"[{fault.fact}] held; failed: {', '.join(failed) or 'nothing'}"
    said = f"{outcome.seen} {outcome.means} {outcome.do}"
    if unsaid := [word for word in fault.words if word not in said]:
        return f"[{fault.fact}] does not say {', '.join(unsaid)}: {said}"
    if others := failed.keys() - {fault.fact, *fault.also}:
        return f"{', '.join(sorted(others))} failed as well: {failed[min(others)]}"
    return ""


def _try(fault: Misconfiguration, stack: Stack) -> str:
    without = set() if fault.runs else set(OF_RUNS)
    if fault.fact != "timer":
        without.add("timer")  # a call that is due may wait for seconds
    with (
        fault.broken(Breaker(stack)),
        closing(LocalDeployment(stack.ports, stack.folders.root, patience_s=_PATIENCE_S)) as deployment,
    ):
        return judged(fault, list(try_facts(Subject(deployment), FACTS, without=without)))


def _break_all(stack: Stack, chosen: Sequence[Misconfiguration]) -> int:
    """Try all faults; the number of those that were not found and named."""
    missed = 0
    for fault in chosen:
        began = time.monotonic()
        fault_in_verify = _try(fault, stack)
        missed += bool(fault_in_verify)
        verdict = f"MISSED: {fault_in_verify}" if fault_in_verify else f"found and named by [{fault.fact}]"
        print(f"  {time.monotonic() - began:5.1f} s  {fault.what}: {verdict}", flush=True)
    return missed


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", help="the faults whose description contains this")


def main() -> int:
    """Return 0 if every fault was found and named."""
    options = arguments_of("tools.verify.broken", _add_options)
    stop_on_signals()
    os.environ["SIM_SPEED"] = "4"
    with tempfile.TemporaryDirectory(prefix="sluice-broken-") as folder:
        chosen = [fault for fault in faults(Path(folder) / "foreign") if options.only in fault.what]
        try:
            with Stack(Ports(options.port), Path(folder) / "stack") as stack:
                missed = _break_all(stack, chosen)
        except StackError as error:
            print(f"verify-broken: {error}", file=sys.stderr)
            return 2
        except Stopped:
            return 130
    print(f"\n{len(chosen) - missed} of {len(chosen)} faults were found and named.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
