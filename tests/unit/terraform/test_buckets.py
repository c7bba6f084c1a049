"""The rules of the buckets, and that the local stand-in has the same."""

from localdev.stack.layout import WORK_BUCKET
from localdev.stand_ins.storage import cross_origin
from tests.support.terraform import resource, tables


def test_only_pages_of_the_service_may_read_the_files_of_runs_and_the_stand_in_allows_the_same() -> None:
    [rule] = [block for block in resource("google_storage_bucket", "bucket").blocks if block.kind == "cors"]

    assert rule.arguments["method"] == list(cross_origin.METHODS)
    assert rule.arguments["response_header"] == list(cross_origin.HEADERS)
    assert rule.arguments["max_age_seconds"] == cross_origin.MAX_AGE_S
    assert "*" not in str(rule.arguments)
    ends = {bucket["name"].rpartition("}-")[2] for name, bucket in tables()["buckets"].items() if name != "work_bucket"}
    assert ends == cross_origin.READABLE_BUCKETS
    assert WORK_BUCKET not in cross_origin.READABLE_BUCKETS
