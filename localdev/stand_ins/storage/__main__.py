"""Starts the Storage stand-in: `python -m localdev.stand_ins.storage --port 8082 --folder .local/storage`."""

import argparse
from pathlib import Path

from localdev.iam.access import Accounts
from localdev.stack.layout import LOGS_BUCKET
from localdev.stack.secret import StackSecret
from localdev.stand_ins.storage.objects.notices import Trigger
from localdev.stand_ins.storage.service import StorageStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m localdev.stand_ins.storage", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of all state")
    about_keys = "folder of the secret, and of the keys that sign notices and verify signed URLs"
    parser.add_argument("--keys", type=Path, help=about_keys)
    parser.add_argument("--origins", default="", help="pages that may read objects, as http://host:port,…")
    parser.add_argument("--trigger-bucket", default=LOGS_BUCKET, help="bucket whose new objects are announced")
    parser.add_argument("--trigger-url", help="address that gets the notices; without it none are sent")
    parser.add_argument("--duplicate-rate", type=float, default=0.0, help="share of notices delivered twice, 0 to 1")
    options = parser.parse_args()
    trigger = None
    if options.trigger_url:
        trigger = Trigger(options.trigger_bucket, options.trigger_url, options.duplicate_rate)
    service = StorageStandIn(
        options.port,
        options.folder,
        keys=options.keys,
        trigger=trigger,
        origins=filter(None, options.origins.split(",")),
    )
    if options.keys:
        secret = StackSecret(options.keys)
        service.require_login(secret.login, Accounts(secret, options.keys))
    service.run()


if __name__ == "__main__":
    main()
