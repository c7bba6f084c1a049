"""The commands in docs/operate.md work: queries run, filters parse, and names exist."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from localdev.stand_ins.logging.filter_syntax import parse_filter

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8") for name in ("common", "functions") for path in (ROOT / name).rglob("*.py")
)
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_the_queries_run(query: str, emptied_engine: Engine) -> None:
    with emptied_engine.connect() as connection:
        assert connection.execute(text(query)).keys()


@pytest.mark.parametrize("log_filter", re.findall(r"^\|[^|]+\| `((?:jsonPayload|severity).*)` \|$", PAGE, re.MULTILINE))
def test_the_filters_can_be_parsed(log_filter: str) -> None:
    parse_filter(log_filter)  # raises if it cannot


@pytest.mark.parametrize("action", sorted(set(re.findall(r'action="(\w+)"', PAGE))))
def test_the_actions_are_logged_by_the_code(action: str) -> None:
    assert f'"{action}"' in SOURCES


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make ([a-z -]+)", PAGE, re.MULTILINE))))
def test_the_make_targets_exist(target: str) -> None:
    assert set(target.split()) <= set(TARGETS)


def test_the_migration_exists() -> None:
    revisions = {path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py")}
    assert set(re.findall(r"upgrade (\d{4})", PAGE)) <= revisions
