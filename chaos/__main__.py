"""Breaks a stack on purpose, seed by seed: `python -m chaos --seeds 3`, or `--seed N` to repeat one.

Writes chaos/results.json. What is drawn from a seed is the same every time; what the machine makes of it is not quite.
"""

import argparse
import json
import sys
import time
from collections import Counter
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
    """The exit status: 0 only when every count of every seed is 0."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many trials: two of fixed seeds, then fresh ones")
    parser.add_argument("--seed", type=int, help="only this one")
    given = parser.parse_args()
    stop_on_signals()
    seeds = [given.seed] if given.seed is not None else seeds_of(given.seeds)
    counts: Counter[Finding] = Counter()
    try:
        for seed in seeds:
            counts += _tried(seed).counts
    except (StackError, Stopped) as error:
        print(f"chaos: {error or 'stopped before the end'}", file=sys.stderr)
        return 1
    figures = [Figure(name=fault, value=counts[fault], goal=0, unit="", against=f"seeds {seeds}") for fault in Finding]
    RESULTS.write_text(json.dumps(as_results(figures), indent=2) + "\n", encoding="utf-8")
    print(as_table(figures))
    return 1 if counts else 0


def seeds_of(count: int) -> list[int]:
    """The fixed seeds first, then fresh ones."""
    fresh = [SystemRandom().randrange(100_000, 1_000_000) for _ in range(count - len(FIXED_SEEDS))]
    return [*FIXED_SEEDS, *fresh][:count]


def _tried(seed: int) -> Findings:
    began = time.monotonic()
    print(f"seed {seed}", flush=True)
    findings = run_trial(seed, _STATE / str(seed))
    for sentence in findings.sentences[:_SHOWN]:
        print(f"  {sentence}", flush=True)
    told = "all as it should be" if not findings.counts else f"repeat it with make chaos SEED={seed}"
    print(f"  {told}; {time.monotonic() - began:.0f} s", flush=True)
    return findings


if __name__ == "__main__":
    sys.exit(main())
