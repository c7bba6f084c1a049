"""Starts stand-ins as separate processes, as the supervisor does."""

import subprocess
import sys
import time

import requests


def start_stand_in(module: str, port: int, *options: object) -> subprocess.Popen[bytes]:
    """Start `python -m module --port port ...` and wait until it answers; the caller must end it."""
    process = subprocess.Popen([sys.executable, "-m", module, "--port", str(port), *map(str, options)])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=30)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    process.wait()
    raise AssertionError(f"{module} did not start")
