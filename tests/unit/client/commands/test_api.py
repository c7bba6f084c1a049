"""Any address of the API."""

from pathlib import Path

import pytest

from sluice.cli import main
from tests.support.client.service import Told, refusal, told
from tests.unit.client.conftest import Serve


def test_the_answer_is_written_as_it_is(serve: Serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    serve({"GET /api/runs": Told(200, b"\xff\x00raw")})
    assert main(["api", "get", "/api/runs"]) == 0
    assert capfdbinary.readouterr().out == b"\xff\x00raw"


def test_a_body_is_sent_as_json_with_its_key(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"a": 1}')
    service = serve({"POST /api/runs": [refusal(503), told({})]})
    assert main(["api", "POST", "/api/runs", "--data", str(tmp_path / "run.json"), "--key", "atlas-1"]) == 0
    assert [asked.headers["idempotency-key"] for asked in service.asked] == ["atlas-1", "atlas-1"]
    assert service.asked[0].headers["content-type"] == "application/json"
    assert service.asked[0].json() == {"a": 1}


def test_the_query_of_an_address_is_kept(serve: Serve) -> None:
    service = serve({"GET /api/runs": told({})})
    assert main(["api", "GET", "/api/runs?status=failed&label=a%20b"]) == 0
    assert service.asked[0].query == {"status": "failed", "label": "a b"}


@pytest.mark.parametrize(
    "arguments", [["GET", "api/runs"], ["TRACE", "/api/runs"], ["POST", "/api/runs", "--data", "nowhere.json"]]
)
def test_wrong_arguments_send_nothing(serve: Serve, arguments: list[str]) -> None:
    service = serve({})
    assert main(["api", *arguments]) == 2
    assert service.asked == []
