"""Starts the Cloud Logging stand-in: python -m localdev.stand_ins.logging --port P --folder DIR --keys DIR."""

import argparse
from pathlib import Path

from localdev.iam.access import Accounts
from localdev.stack.secret import StackSecret
from localdev.stand_ins.logging.service import LoggingStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the entries")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the secret")
    options = parser.parse_args()
    service = LoggingStandIn(options.port, options.folder)
    secret = StackSecret(options.keys)
    service.require_login(secret.login, Accounts(secret, options.keys))
    service.run()


if __name__ == "__main__":
    main()
