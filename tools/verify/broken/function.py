"""A function with one fault, started like localdev.stack.function_server, with --fault before its arguments."""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common.actions.cancel import CancelRun
from common.domain.runs.run import Run
from common.domain.runs.work_items import ChainStep
from localdev.stack import function_server
from localdev.stack.layout import HOST

_AHEAD_S = 3600
_real_time = time.time


class OpenDoor(BaseHTTPRequestHandler):
    """Answers everybody."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _answer  # noqa: N815 the names that http.server calls

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


def _time_ahead() -> float:
    return _real_time() + _AHEAD_S


def _cancel_in_name_only(self: CancelRun, step: ChainStep, *, empty_listings: int) -> Run:  # noqa: ARG001 as run
    """Say that the run is cancelled, and stop nothing."""
    return self._finish(self.runs.get_run(step.run_id), step, None)


def main() -> None:
    """Serve until SIGTERM."""
    _, _, fault, *arguments = sys.argv
    if fault == "open":
        port = int(arguments[arguments.index("--port") + 1])
        ThreadingHTTPServer((HOST, port), OpenDoor).serve_forever()
    if fault == "late":
        time.time = _time_ahead
    if fault == "careless":
        CancelRun.run = _cancel_in_name_only  # type: ignore[method-assign]
    sys.argv = [sys.argv[0], *arguments]
    function_server.main()


if __name__ == "__main__":
    main()
