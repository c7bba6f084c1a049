"""api.get_run_vs_hello: the time of GET one run, with the caller's identity verified, relative to hello-world."""

import http.client
from collections.abc import Callable

from bench.harness.databases import database_with_runs, running_postgres
from bench.harness.figures import Figure
from bench.harness.seeding import id_of_run
from bench.harness.serving import serving
from bench.harness.timing import medians
from localdev.stack.gateway.iap import ASSERTION_HEADER
from localdev.stack.layout import ADMIN, HOST

RUNS = 10_000
ROUNDS = 1_000


def measure() -> list[Figure]:
    """The ratio of the medians; both take turns, each on an open connection."""
    with running_postgres() as postgres, serving("runs", database_with_runs(postgres, RUNS)) as served:
        headers = {ASSERTION_HEADER: served.iap.assertion(ADMIN)}
        subjects = {
            "run": getter(served.function, f"/api/runs/{id_of_run(RUNS // 2)}", headers),
            "hello": getter(served.hello, "/", headers),
        }
        times = medians(subjects, rounds=ROUNDS, warm_up=100)
    against = f"hello-world under the same server, {times['hello'] * 1000:.2f} ms"
    return [Figure(name="api.get_run_vs_hello", value=times["run"] / times["hello"], goal=2.5, against=against)]


def getter(port: int, path: str, headers: dict[str, str]) -> Callable[[], bytes]:
    """A function that sends GET on an open connection and returns the body. It raises RuntimeError unless it is 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def get() -> bytes:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"GET {path} answered {answer.status}: {body.decode()[:300]}")
        return body

    return get
