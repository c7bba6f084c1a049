"""The function of the database that makes a month of entries."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, text

_MAKE = text("SELECT make_entry_month('2031-01-01')")
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND pid = :pid")


def is_waiting(engine: Engine, pid: int) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(_WAITING, {"pid": pid}).scalar_one())


def test_who_waits_while_another_makes_the_month_finds_it(engine: Engine) -> None:
    with engine.connect() as waiting, ThreadPoolExecutor(1) as threads:
        pid = waiting.execute(text("SELECT pg_backend_pid()")).scalar_one()
        waiting.execute(text("SELECT to_regclass('entries_2031_01')"))  # now it remembers that there is none
        with engine.begin() as making:
            making.execute(_MAKE)
            made = threads.submit(waiting.execute, _MAKE)
            while not is_waiting(engine, pid):
                time.sleep(0.01)
        made.result(60)
        assert waiting.execute(text("SELECT count(*) FROM entries_2031_01")).scalar_one() == 0
