"""Replaces Cloud Scheduler: POSTs {} to one address at an interval, with an OIDC token.

Usage: python -m localdev.stack.scheduler --keys DIR --url URL --audience AUD --every SECONDS
"""

import argparse
import json
import logging
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from localdev.stack.layout import SCHEDULER_CALLER
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.tasks.delivery import NotDeliveredError, send

_ATTEMPT_DEADLINE_S = 180.0  # Cloud Scheduler's own default
LAST_CALL = "scheduler.json"
log = logging.getLogger(__name__)


class Timer:
    """Calls `url` with the scheduler's identity; a failed call is logged, and the next one is made as usual.

    The time and the HTTP status of the last attempt go into a file, in place of what Cloud Scheduler shows of a job.
    """

    def __init__(self, keys: Path, url: str, audience: str) -> None:
        self._signer, self._url, self._audience = OidcSigner(keys), url, audience
        self._last = keys / LAST_CALL

    def call(self) -> None:
        """Make one call."""
        headers = {
            "Authorization": f"Bearer {self._signer.token(SCHEDULER_CALLER, self._audience)}",
            "Content-Type": "application/json",
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
        }
        status: int | None = None
        try:
            status = send("POST", self._url, headers, b"{}", timeout_s=_ATTEMPT_DEADLINE_S)
        except NotDeliveredError as error:
            log.warning("the scheduled call of %s was not answered: %s", self._url, error)
        else:
            if not 200 <= status < 300:
                log.warning("the scheduled call of %s was answered with HTTP %d", self._url, status)
        self._last.write_text(json.dumps({"at": time.time(), "status": status}), encoding="ascii")

    def run(self, every_s: float) -> None:
        """Call every `every_s` seconds; never return."""
        while True:
            time.sleep(every_s)
            self.call()


def _exit(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Call at the interval until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=Path, required=True, help="the folder of the key that signs OIDC tokens")
    parser.add_argument("--url", required=True)
    parser.add_argument("--audience", required=True)
    parser.add_argument("--every", type=float, required=True, help="seconds between calls")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    Timer(options.keys, options.url, options.audience).run(options.every)


if __name__ == "__main__":
    main()
