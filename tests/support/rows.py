"""Many rows of data in one test."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

Test = Callable[..., None]


def each_row(*names: str, of: Iterable[Any]) -> Callable[[Test], Test]:
    """Call a test for each row of `of`, as its argument or arguments `names`; it fails with all rows that fail.

    As pytest.mark.parametrize, for rows that take less time than what pytest does for a test. All of them share the
    fixtures of the test.
    """
    rows = [dict(zip(names, row if len(names) > 1 else [row], strict=True)) for row in of]

    def decorate(test: Test) -> Test:
        @wraps(test)
        def test_all(**fixtures: object) -> None:
            assert rows, "a test without rows tests nothing"
            failed: list[Exception] = []
            for row in rows:
                try:
                    test(**fixtures, **row)
                except (AssertionError, ExceptionGroup) as error:  # a group: of another each_row below
                    error.add_note(_shown(row))
                    failed.append(error)
                except Exception as error:
                    error.add_note(_shown(row))
                    raise
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(rows)} rows", failed)

        signature = inspect.signature(test)
        of_fixtures = [parameter for name, parameter in signature.parameters.items() if name not in names]
        test_all.__signature__ = signature.replace(parameters=of_fixtures)  # type: ignore[attr-defined]
        return test_all

    return decorate


def _shown(row: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value!r:.200}" for name, value in row.items())
