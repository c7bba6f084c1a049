"""Simulates `nextflow run`: the same files, Batch jobs and objects. Run as python -m localdev.nextflow_simulator.

It knows one pipeline, nf-core/scrnaseq 2.7.1, and one executor, google-batch. Of other pipelines of the registry it
runs a few made-up processes for each sample. SIM_SPEED (default 1) divides all durations; SIM_FAIL makes tasks fail
(see pipeline/failures.py). Exit codes are Nextflow's: 0, 1, or 143 when SIGTERM comes before the session.

Its files have the shape of those of a real Nextflow 25.10.4 under launch.sh (tests/unit/localdev/nextflow_simulator/
shapes). Not simulated: result files, downloads of plugins and clones, the queue of tasks above 1000.
"""

import os
import signal
import sys

from localdev.nextflow_simulator.command_line import UsageError, parse
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.session import run


def main() -> int:
    """Run the command line; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # without Python's traceback
    interrupt = Interrupt(of_process=True)
    try:
        command = parse(sys.argv[1:])
    except UsageError as error:
        print(error)
        return 1
    return run(command, os.environ, interrupt)


if __name__ == "__main__":
    sys.exit(main())
