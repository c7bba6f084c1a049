"""Runs trials that break a local stack on purpose: `python -m chaos --seeds 3`, or `--seed N` to repeat one.

Writes chaos/results.json. A seed always gives the same faults and requests, but their timing varies with the machine.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom

from bench.harness.figures import Figure, as_results, as_table
from chaos.audit import Finding, Findings
from chaos.trial import run_trial
from localdev.stack.environment import ROOT
from localdev.stack.layout import StackError
from localdev.stack.run import Stopped, stop_on_signals

FIXED_SEEDS = (20_261, 71_993)
RESULTS = Path(__file__).with_name("results.json")
_STATE = ROOT / ".local" / "chaos"
_SHOWN = 20


def main() -> int:
    """Run the trials; return the exit status, 0 only when every count of every seed is 0."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=3, help="the number of trials: two with fixed seeds, then random ones"
    )
    parser.add_argument("--seed", type=int, help="run only the trial of this seed")
    arguments = parser.parse_args()
    stop_on_signals()
    seeds = [arguments.seed] if arguments.seed is not None else seeds_of(arguments.seeds)
    counts: Counter[Finding] = Counter()
    faults: Counter[str] = Counter()
    try:
        for seed in seeds:
            findings, met = _run_and_report(seed)
            counts.update(findings.counts)
            faults.update(met)
    except (StackError, Stopped) as error:
        print(f"chaos: {error or 'stopped before the end of the trial'}", file=sys.stderr)
        return 1
    figures = [
        Figure(name=finding, value=counts[finding], goal=0, unit="", against=f"seeds {seeds}") for finding in Finding
    ]
    RESULTS.write_text(json.dumps(as_results(figures), indent=2) + "\n", encoding="utf-8")
    print(as_table(figures))
    print(f"{len(seeds)} seeds: {in_words(faults)}")
    return 1 if counts else 0


def seeds_of(count: int) -> list[int]:
    """`count` seeds: the fixed ones first, then random ones."""
    random_seeds = [SystemRandom().randrange(100_000, 1_000_000) for _ in range(count - len(FIXED_SEEDS))]
    return [*FIXED_SEEDS, *random_seeds][:count]


def in_words(faults: Mapping[str, int]) -> str:
    """The count of each kind of fault, such as `12 late children, 30 torn copies`."""
    return ", ".join(f"{count} {kind}" for kind, count in faults.items())


def _run_and_report(seed: int) -> tuple[Findings, Counter[str]]:
    began = time.monotonic()
    print(f"seed {seed}", flush=True)
    findings, faults = run_trial(seed, _STATE / str(seed))
    print(f"  {in_words(faults)}", flush=True)
    for sentence in findings.sentences[:_SHOWN]:
        print(f"  {sentence}", flush=True)
    verdict = "no findings" if not findings.counts else f"repeat this trial with make chaos SEED={seed}"
    print(f"  {verdict}; {time.monotonic() - began:.0f} s", flush=True)
    return findings, faults


if __name__ == "__main__":
    sys.exit(main())
