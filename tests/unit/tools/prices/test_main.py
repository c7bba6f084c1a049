import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.unit.common.domain.insight.cost.skus import N1
from tools.prices.__main__ import main
from tools.prices.table import SINCE, table_of_ours


def test_the_prices_of_a_catalog_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.json"
    page.write_text(json.dumps({"skus": N1}))
    assert main(["--catalog", str(page)]) == 0
    assert "31,611,000" in capsys.readouterr().out


def test_a_catalog_without_prices_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.json"
    page.write_text("{}")
    assert main(["--catalog", str(page)]) == 1
    assert "no price that is understood" in capsys.readouterr().err


def test_our_table_is_stored_with_its_day(
    database_url: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--ours", "--into", database_url]) == 0
    assert f"new since {SINCE}" in capsys.readouterr().out
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM prices WHERE since = :day"), {"day": SINCE}).scalar_one()


def test_our_table_agrees_with_the_published_prices_of_whole_machines() -> None:
    prices = {(each.sku, each.region, each.spot): each.nanos for each in table_of_ours()}
    for region, nanos in (("us-central1", 180_799_320), ("europe-west1", 198_888_360)):  # of e2-highmem-4 an hour
        assert 4 * prices["core/e2", region, False] + 32 * prices["memory/e2", region, False] == nanos
    for region, nanos in (("us-central1", 6_288_672_000), ("europe-west1", 6_917_856_000)):  # of n2-highmem-96
        assert 96 * prices["core/n2", region, False] + 768 * prices["memory/n2", region, False] == nanos
