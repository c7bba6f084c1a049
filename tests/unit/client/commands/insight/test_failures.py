"""The failures of one's runs."""

import pytest

from sluice.cli import main
from tests.support.client.examples import example_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve


def test_each_failure_is_a_line_and_all_pages_are_read(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    failure = example_json("FailureInfo")
    pages = [{"failures": [failure], "next_cursor": "next"}, {"failures": [failure], "next_cursor": None}]
    service = serve({"GET /api/failures": [told(page) for page in pages]})
    assert main(["failures", "--since", "2026-11-01", "--all", "--format", "{times} {cause} {process}"]) == 0
    assert capsys.readouterr().out == "3 out_of_memory STAR_ALIGN\n" * 2
    first, second = (asked.query for asked in service.asked)
    assert first["since"].startswith("2026-11-01T00:00:00")
    assert (first["all"], second["cursor"]) == ("true", "next")


def test_only_as_many_as_were_asked_for(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    page = {"failures": [example_json("FailureInfo")] * 3, "next_cursor": "next"}
    service = serve({"GET /api/failures": told(page)})
    assert main(["failures", "-n", "2", "--utc"]) == 0
    line = "2026-11-23 08:15:00 +00:00\t3\tout_of_memory\tSTAR_ALIGN\trun-1a2b3c4d\t-\n"
    assert capsys.readouterr() == (line * 2, "There are more; -n 8 lists more of them.\n")
    assert [asked.query for asked in service.asked] == [{"page_size": "3"}]
