"""Starts the Cloud Logging stand-in: python -m localdev.stand_ins.logging --port P --folder DIR."""

import argparse
from pathlib import Path

from localdev.stand_ins.logging.service import LoggingStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the entries")
    options = parser.parse_args()
    LoggingStandIn(options.port, options.folder).run()


if __name__ == "__main__":
    main()
