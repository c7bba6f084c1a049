"""Controls a headless Chromium through chromedriver, with the protocol https://www.w3.org/TR/webdriver2/."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from localdev.stack.layout import HOST
from localdev.stack.ports import free_port
from tools.console.chromium import NoBrowserError, chromium

_STARTS_WITHIN_S = 20


class Browser:
    """A browser window; `session` is the URL of its WebDriver session."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, address: str) -> None:
        self._post("url", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:  # noqa: ANN401 any JSON
        """Run `script`, the body of a JavaScript function, on the page; return its result."""
        return self._post("execute/sync", {"script": script, "args": arguments})

    def _post(self, command: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        return _value(requests.post(f"{self._session}/{command}", json=body, timeout=60))


@contextmanager
def headless_browser(folder: Path) -> Iterator[Browser]:
    """A browser with its profile in `folder`; NoBrowserError when none is installed."""
    driver, port = _driver(), free_port()
    options = {
        "binary": str(chromium()),
        # Containers lack the namespaces for the sandbox, and only our own page is opened.
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", f"--user-data-dir={folder}"],
    }
    request = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
    with subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(f"http://{HOST}:{port}")
            session = _value(requests.post(f"http://{HOST}:{port}/session", json=request, timeout=60))["sessionId"]
            address = f"http://{HOST}:{port}/session/{session}"
            try:
                yield Browser(address)
            finally:
                requests.delete(address, timeout=60)  # ends the browser
        finally:
            process.terminate()


def _driver() -> str:
    found = shutil.which("chromedriver")
    if found is None:
        raise NoBrowserError("chromedriver is not installed; on Debian: apt-get install chromium-driver")
    return found


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            if requests.get(f"{address}/status", timeout=5).json()["value"]["ready"]:
                return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _value(answer: requests.Response) -> Any:  # noqa: ANN401
    value = answer.json()["value"]
    if not answer.ok:
        raise RuntimeError(f"{value['error']}: {value['message']}")
    return value
