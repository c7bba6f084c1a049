"""The Cloud Batch stand-in: python -m localdev.stand_ins.batch --port P --folder DIR --storage URL --logging URL."""

import argparse
from pathlib import Path

from localdev.stand_ins.batch.service import BatchStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where jobs and their files are kept")
    parser.add_argument("--storage", required=True, help="address of the Storage stand-in, for gcs volumes")
    parser.add_argument("--logging", required=True, help="address of the Logging stand-in, for the output of tasks")
    parser.add_argument("--boot-seconds", type=float, default=0.3, help="how long a machine takes to start")
    parser.add_argument("--max-parallel-jobs", type=int, default=100, help="how many machines there are")
    parser.add_argument("--torn-copies", type=float, default=0.0, help="share of copies to buckets that are cut off")
    options = parser.parse_args()
    BatchStandIn(
        options.port,
        options.folder,
        options.storage,
        options.logging,
        boot_seconds=options.boot_seconds,
        max_parallel_jobs=options.max_parallel_jobs,
        torn_copies=options.torn_copies,
    ).run()


if __name__ == "__main__":
    main()
