"""`make browser-test`: the EventSource of a real browser follows a run to `done`, across a cut connection.

It starts its own local stack. It is not part of `make test`, because few machines have a browser.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE
from tests.browser.chromium import Browser, headless_browser
from tests.browser.relay import Relay
from tools.console.chromium import NoBrowserError

PATIENCE_S = 120
CUT_AFTER = 3  # events

# The browser itself reconnects and sends Last-Event-ID.
FOLLOW = """
window.seen = []; window.opened = 0;
const source = new EventSource(arguments[0]);
source.onopen = () => { window.opened += 1; };
for (const kind of arguments[1]) source.addEventListener(kind, event => {
    window.seen.push({id: event.lastEventId, kind: kind, data: JSON.parse(event.data), at: performance.now() / 1000});
    if (kind === "done") source.close();
});
"""


def follow(browser: Browser, relay: Relay, path: str, kinds: list[str]) -> dict[str, Any]:
    """Follow a stream in the page; return the events up to `done` and how often the page connected."""
    browser.run(FOLLOW, path, kinds)
    is_cut, deadline = False, time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        page: dict[str, Any] = browser.run("return {seen: window.seen, opened: window.opened};")
        if page["seen"] and page["seen"][-1]["kind"] == "done":
            return page
        if len(page["seen"]) >= CUT_AFTER and not is_cut:
            relay.cut()
            is_cut = True
        time.sleep(0.1)
    raise TimeoutError(f"no `done` event within {PATIENCE_S} s; the page saw {page}")


def wrong_events(page: dict[str, Any]) -> Iterator[str]:
    """A sentence for each thing that is wrong with the events of a run."""
    seen = page["seen"]
    if [event["id"] for event in seen] != [str(number) for number in range(1, len(seen) + 1)]:
        yield f"the ids are {[event['id'] for event in seen]}, not 1 to {len(seen)}"
    statuses = [event["data"]["status"] for event in seen if event["kind"] == "status"]
    if statuses != ["pending", "submitted", "running", "completed"]:
        yield f"the states are {statuses}"
    if page["opened"] != 2:
        yield f"the page connected {page['opened']} times, not twice (before and after the cut)"
    received_at = [event["at"] for event in seen if event["kind"] == "status"]
    if received_at != sorted(received_at) or received_at[-1] - received_at[0] < 1:
        yield f"the states did not arrive one by one: {received_at}"


def wrong_entries(page: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """A sentence for each thing that is wrong with the log of an ended run."""
    closed = [event["data"] for event in page["seen"][:-1] if not event["data"]["open"]]
    if closed != entries:
        yield f"the page saw {len(closed)} entries, which differ from the {len(entries)} entries of the log"


def check(stack: Stack, relay: Relay, browser: Browser) -> list[str]:
    """Let the browser follow a run and read its log; return a sentence for each thing that is wrong."""
    runs = f"{url(stack.ports.gateway)}/api/runs"
    run_id = requests.post(runs, json=json.loads((ROOT / EXAMPLE).read_bytes()), timeout=30).json()["run_id"]
    browser.open(url(relay.port))
    page = follow(browser, relay, f"/api/runs/{run_id}/events?last_event_id=0", ["status", "progress", "done"])
    print(f"browser-test: {len(page['seen'])} events of {run_id} over {page['opened']} connections")
    log = follow(browser, relay, f"/api/runs/{run_id}/logs/stream", ["entry", "done"])
    print(f"browser-test: {len(log['seen']) - 1} entries of its log")
    entries = requests.get(f"{runs}/{run_id}/logs", params={"limit": 5000}, timeout=30).json()["entries"]
    return [*wrong_events(page), *wrong_entries(log, entries)]


def main() -> int:
    """Run the test; return the exit status, 0 only when every check passed."""
    with tempfile.TemporaryDirectory(prefix="sluice-browser-") as folder:
        try:
            with (
                headless_browser(Path(folder) / "profile") as browser,
                Stack(free_ports(), Path(folder) / "stack") as stack,
                Relay(stack.ports.gateway).running() as relay,
            ):
                faults = check(stack, relay, browser)
        except NoBrowserError as error:
            faults = [str(error)]
    for fault in faults:
        print(f"browser-test: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
