"""The search over the logs of all runs."""

from typing import Any

import pytest

from sluice.cli import main
from sluice.commands.insight.search import place_words
from sluice.decoding import decode
from sluice.models.failures import SearchHit
from tests.support.client.examples import example_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "log 1204"),
        ({"source": "task", "entry": None, "task_id": "ab-cdef01"}, "task ab-cdef01"),
        ({"source": "diagnosis", "entry": None}, "reason"),
    ],
)
def test_the_place_of_a_line(fields: dict[str, Any], words: str) -> None:
    assert place_words(decode(SearchHit, example_json("SearchHit") | fields, set())) == words


def test_all_words_are_looked_for_together(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    service = serve({"GET /api/search": told({"hits": [example_json("SearchHit")], "next_cursor": None})})
    assert main(["search", "star", "killed", "--cause", "out_of_memory", "--utc"]) == 0
    assert service.asked[0].query == {"q": "star killed", "cause": "out_of_memory", "page_size": "26"}
    assert capsys.readouterr().out.startswith("2026-11-23 08:15:00 +00:00\trun-1a2b3c4d\tlog 1204\tProcess `STAR_ALIGN")


def test_finding_nothing_is_said(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve({"GET /api/search": told({"hits": [], "next_cursor": None})})
    assert main(["search", "nothing"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "No line has all of these words; of the last one, the beginning is enough.\n")


def test_words_are_needed(serve: Serve) -> None:
    serve({})
    assert main(["search"]) == 2
