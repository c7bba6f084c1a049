"""Another laboratory's names are a setting, and nothing but a name ever gets into a statement."""

import json
from pathlib import Path

import pytest

from common.services.benchling.mapping import FOLDER, BenchlingMappingError, read_mapping, statement
from localdev.stand_ins.benchling import shape

STATEMENTS = sorted(path.stem for path in FOLDER.glob("*.sql"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_written_in_quoted_names(name: str) -> None:
    written = statement(name, read_mapping())
    assert '"ngs_run$raw"' in written
    assert "${" not in written
    assert "--" not in written


def test_tables_and_columns_that_are_mapped_are_those_of_the_local_warehouse() -> None:
    for names in read_mapping().values():
        columns = set(names.values()) - {names["table"]}
        assert columns <= set(shape.columns_of(names["table"]))
    assert {names["table"] for names in read_mapping().values()} == set(shape.OWN_COLUMNS)


def test_a_laboratory_gives_only_what_it_calls_otherwise() -> None:
    own = read_mapping(json.dumps({"library": {"table": "lab.samples", "kit": "Kit"}}))
    written = statement("samples", own)
    assert '"lab"."samples" AS library' in written
    assert 'library."Kit"' in written
    assert '"library_prep_sample$raw"' not in written


def test_a_mapping_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text('{"pool": {"table": "pools"}}')
    assert read_mapping(str(file))["pool"] == {"table": "pools", "id": "id", "archived": "archived$"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("{", "cannot be read"),
        ("/nowhere/mapping.json", "cannot be read"),
        ('{"run": {"table": "x"}}', "run is not mapped; known are ngs_run"),
        ('{"pool": "x"}', "pool is not mapped"),
        ('{"pool": {"colour": "x"}}', "pool has no colour; known are table, id, archived"),
        ('{"pool": {"table": "a.b.c"}}', "more than two parts"),
        ('{"pool": {"table": 3}}', "which is no name"),
        ('{"pool": {"id": null}}', "which is no name"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(own: str, said: str) -> None:
    with pytest.raises(BenchlingMappingError, match=said):
        statement("samples", read_mapping(own))


@pytest.mark.parametrize(
    "name", ['x" --', "x; DROP TABLE y", "x y", "", "1x", "x.y", "x" * 64, "$x", 'x"', "x\n", ":name", "ñ"]
)
def test_what_is_no_name_never_becomes_part_of_a_statement(name: str) -> None:
    with pytest.raises(BenchlingMappingError, match=r"pool\.id is mapped to"):
        statement("samples", read_mapping(json.dumps({"pool": {"id": name}})))
