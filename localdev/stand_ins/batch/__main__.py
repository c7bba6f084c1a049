"""Starts the Cloud Batch stand-in.

Usage: python -m localdev.stand_ins.batch --port P --folder DIR --keys DIR --storage URL --logging URL
"""

import argparse
from pathlib import Path

from localdev.iam.access import Accounts
from localdev.stack.secret import StackSecret
from localdev.stand_ins.batch.preemptions import Preemptions
from localdev.stand_ins.batch.service import BatchStandIn
from localdev.stand_ins.batch.slowness import Slowness

_WAYS = {
    "birth": "before the job of a task exists",
    "listing": "before a new job appears in listings",
    "stop": "before a stopped job has ended",
}


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where jobs and their files are kept")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the secret")
    parser.add_argument("--storage", required=True, help="address of the Storage stand-in, for gcs volumes")
    parser.add_argument("--logging", required=True, help="address of the Logging stand-in, for the output of tasks")
    parser.add_argument("--boot-seconds", type=float, default=0.3, help="how long a machine takes to start")
    parser.add_argument("--max-parallel-jobs", type=int, default=100, help="how many machines there are")
    parser.add_argument("--torn-copies", type=float, default=0.0, help="share of copies to buckets that are cut off")
    for way, what in _WAYS.items():
        parser.add_argument(f"--slow-{way}", type=float, default=0.0, metavar="SECONDS", help=f"at most, {what}")
    parser.add_argument("--slow-share", type=float, default=0.1, help="share of the jobs that are slow in each way")
    parser.add_argument(
        "--preempted-share", type=float, default=0.0, help="share of the attempts that lose a Spot machine"
    )
    options = parser.parse_args()
    secret = StackSecret(options.keys)
    service = BatchStandIn(
        options.port,
        options.folder,
        options.storage,
        options.logging,
        boot_seconds=options.boot_seconds,
        max_parallel_jobs=options.max_parallel_jobs,
        torn_copies=options.torn_copies,
        slowness=Slowness(
            birth=options.slow_birth,
            listing=options.slow_listing,
            stop=options.slow_stop,
            share=options.slow_share,
        ),
        preemptions=Preemptions(share=options.preempted_share),
        secret=secret,
    )
    service.require_login(secret.login, Accounts(secret, options.keys))
    service.run()


if __name__ == "__main__":
    main()
