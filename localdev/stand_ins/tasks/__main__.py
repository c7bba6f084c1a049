"""Starts the Cloud Tasks stand-in: python -m localdev.stand_ins.tasks --port P --folder DIR --keys DIR."""

import argparse
from pathlib import Path

from localdev.iam.access import Accounts
from localdev.stack.secret import StackSecret
from localdev.stand_ins.tasks.service import TasksStandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="folder of queues and tasks")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the secret and the OIDC key")
    parser.add_argument("--duplicate-rate", type=float, default=0.0, help="share of attempts delivered twice, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="chooses which attempts are delivered twice")
    options = parser.parse_args()
    service = TasksStandIn(
        options.port,
        options.folder,
        options.keys,
        duplicate_rate=options.duplicate_rate,
        seed=options.seed,
    )
    secret = StackSecret(options.keys)
    service.require_login(secret.login, Accounts(secret, options.keys))
    service.run()


if __name__ == "__main__":
    main()
