"""Stand-ins as processes of their own, as the supervisor starts them."""

import subprocess
import sys
import time

import requests


def start_stand_in(module: str, port: int, *options: object) -> subprocess.Popen[bytes]:
    """`python -m module --port port ...`, answering; the caller ends it."""
    process = subprocess.Popen([sys.executable, "-m", module, "--port", str(port), *map(str, options)])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    process.wait()
    raise AssertionError(f"{module} did not start")
