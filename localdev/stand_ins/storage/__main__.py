"""Starts the Storage stand-in: `python -m localdev.stand_ins.storage --port 8082 --folder .local/storage`."""

import argparse
from pathlib import Path

from localdev.stack.layout import LOGS_BUCKET
from localdev.stand_ins.storage.objects.notices import Trigger
from localdev.stand_ins.storage.service import StorageStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m localdev.stand_ins.storage", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where all state is kept")
    parser.add_argument("--keys", type=Path, help="folder of the keys that sign notices and verify signed URLs")
    parser.add_argument("--trigger-bucket", default=LOGS_BUCKET, help="whose new objects are announced")
    parser.add_argument("--trigger-url", help="where to; without it nothing is announced")
    parser.add_argument("--duplicate-rate", type=float, default=0.0, help="share of notices delivered twice, 0 to 1")
    given = parser.parse_args()
    trigger = Trigger(given.trigger_bucket, given.trigger_url, given.duplicate_rate) if given.trigger_url else None
    StorageStandIn(given.port, given.folder, keys=given.keys, trigger=trigger).run()


if __name__ == "__main__":
    main()
