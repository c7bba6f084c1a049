"""search.p95_vs_page and search.growth: searching the lines of all runs, with two million lines of 100,000 runs.

Searches have one or two words of any frequency, or the beginning of one, and are those of owners with many, some and
few runs, or of an administrator. Compared is the processor time of requests, of the client, the function and Postgres.
"""

import itertools
import random
import statistics
from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine, Row, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.processor_time import Work, processor_medians
from bench.harness.seeding import RUNS_PER_OWNER, owner
from bench.harness.serving import server_for, serving
from bench.pages import getter
from common.domain.insight.search import owned
from common.models.log_entries import SearchLineRow
from localdev.stack.gateway.iap import ASSERTION_HEADER
from localdev.stack.layout import ADMIN

FEW, MANY = 10_000, 100_000  # runs
LINES: Final = 20  # of a run
DAYS: Final = 200  # about as long as lines are kept
ROUNDS = 7
_VOCABULARY, _WORDS_OF_A_LINE, _ROWS_PER_BLOCK = 20_000, 12, 5_000
# The words of frequencies from one in each second line to some in all.
_RANKS: Final = (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, _VOCABULARY - 1)
_RUNS = text("SELECT run_id, user_email, created_at, ('x' || right(run_id, 8))::bit(32)::integer AS number FROM runs")
_MAKE_MONTHS = "SELECT make_entry_month(month) FROM (SELECT DISTINCT created_at::date AS month FROM runs) AS months"
_COLUMNS = "month, run_number, task, number, at, level, user_email, text, words"


def measure() -> list[Figure]:
    """The figures; each names the searches it is about."""
    with running_postgres() as postgres:
        times = {}
        for runs in (FEW, MANY):
            url = database_with_runs(postgres, runs, days=DAYS)
            engine = engine_on(url)
            _seed_lines(engine)
            engine.dispose()
            times[runs] = _times(url, runs, postgres.pid)
        page = _page_time(url, postgres.pid)
    return [
        *(_vs_page(name, times[MANY][name], page, goal=goal) for name, goal in (("owner", 20), ("admin", 50))),
        _growth(times),
    ]


def _vs_page(name: str, times: Mapping[str, float], page: float, *, goal: float) -> Figure:
    slowest = max(times, key=times.__getitem__)
    against = f"a page of the list of runs, {page * 1000:.1f} ms; slowest: {slowest}, {times[slowest] * 1000:.1f} ms"
    return Figure(name=f"search.p95_vs_page_{name}", value=_p95(times) / page, goal=goal, against=against)


def _growth(times: Mapping[int, Mapping[str, Mapping[str, float]]]) -> Figure:
    growth = {name: _p95(times[MANY][name]) / _p95(times[FEW][name]) for name in times[MANY]}
    worst = max(growth, key=growth.__getitem__)
    against = (
        f"the same with {FEW * LINES:,} lines; {', '.join(f'{name} {value:.2f}' for name, value in growth.items())}"
    )
    return Figure(name="search.growth", value=growth[worst], goal=1.3, against=against)


def _p95(times: Mapping[str, float]) -> float:
    return statistics.quantiles(times.values(), n=20)[-1]


def _times(url: str, runs: int, postgres: int) -> Mapping[str, Mapping[str, float]]:
    """The median of each search, by who searches."""
    owners = {"many": owner(0), "some": owner(runs // RUNS_PER_OWNER // 2), "few": owner(runs // RUNS_PER_OWNER - 1)}
    with server_for("insight", url, SEARCHES_PER_MINUTE="1000000") as server:
        insight = server.start_function("insight")

        def work(query: str, user: str, more: str = "") -> Work:
            headers = {ASSERTION_HEADER: server.iap.assertion(user)}
            path = f"/api/search?q={query.replace(' ', '+')}{more}"
            return Work(partial(_ask, insight.port, path, headers), (insight.pid, postgres))

        own = {f"{query}, {name} runs": work(query, one) for name, one in owners.items() for query in _queries()}
        all_of_them = {query: work(query, ADMIN, "&all=true") for query in _queries()}
        return {
            name: processor_medians(works, rounds=ROUNDS, warm_up=2, repeats=2)
            for name, works in (("owner", own), ("admin", all_of_them))
        }


def _page_time(url: str, postgres: int) -> float:
    with serving("runs", url) as runs:
        headers = {ASSERTION_HEADER: runs.iap.assertion(owner(MANY // RUNS_PER_OWNER // 2))}
        work = Work(partial(_ask, runs.function.port, "/api/runs", headers), (runs.function.pid, postgres))
        return processor_medians({"page": work}, rounds=20)["page"]


def _ask(port: int, path: str, headers: dict[str, str]) -> None:
    """Send a request on a connection of its own: between two turns of a search the server closes an idle one."""
    getter(port, path, headers)()


def _queries() -> Iterator[str]:
    words = [_word(rank) for rank in _RANKS]
    yield from words
    yield from (f"{first} {second}" for first, second in itertools.pairwise(words))
    yield from (word[:4] for word in words[3:6])
    yield "absent"


def _seed_lines(engine: Engine) -> None:
    """Store the lines of all runs; the indexes are made afterwards, which is faster."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(_MAKE_MONTHS)
        indexes = [*SearchLineRow.__table__.indexes]
        for index in indexes:
            index.drop(connection)
        statement = f"COPY search_lines ({_COLUMNS}) FROM STDIN"
        rows = connection.execute(_RUNS).all()
        lines = itertools.chain.from_iterable(_lines_of(row, random.Random(row.number)) for row in rows)  # noqa: S311 the same each time
        connection.connection.cursor().execute(statement, stream=_blocks(lines))  # type: ignore[call-arg]
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("VACUUM (ANALYZE) search_lines")


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    while block := "".join(itertools.islice(lines, _ROWS_PER_BLOCK)):
        yield block.encode()


def _lines_of(run: Row[Any], chance: random.Random) -> Iterator[str]:
    """Lines in COPY's text format. A word of rank n is in one of n lines, as in most texts (Zipf)."""
    month = run.created_at.astimezone(UTC).date().replace(day=1)
    for number in range(LINES):
        words = {_word(int(_VOCABULARY ** chance.random()) - 1) for _ in range(_WORDS_OF_A_LINE)}
        lexemes = " ".join([*words, *(f"'{word}'" for word in owned(words, run.user_email))])
        place = f"{month}\t{run.number}\t\t{number}\t{run.created_at.isoformat()}\t3\t{run.user_email}"
        yield f"{place}\t{' '.join(words)}\t{lexemes}\n"


def _word(rank: int) -> str:
    """The word of a rank, as pronounceable as base 20 makes it."""
    digits = []
    for _ in range(4):
        rank, digit = divmod(rank, 20)
        digits.append("bcdfghjklmnpqrstvwxz"[digit] + "aeiou"[digit % 5])
    return "".join(reversed(digits))
