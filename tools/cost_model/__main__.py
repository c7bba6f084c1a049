"""Estimate what a month of Sluice costs: python -m tools.cost_model [--runs-per-day 20] [--viewers 10] …."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from tools.cost_model.bill import bill_of, table_of
from tools.cost_model.usage import Workload


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the bill of the workload that the options describe."""
    parser = argparse.ArgumentParser(prog="python -m tools.cost_model", description=__doc__)
    for name, default in asdict(Workload()).items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(default), default=default, help=f"(default: {default})"
        )
    print(table_of(bill_of(Workload(**vars(parser.parse_args(arguments))))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
