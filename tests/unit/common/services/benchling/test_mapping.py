"""A laboratory can map its own names, and only valid names become part of a statement."""

import json
from pathlib import Path

import pytest

from common.services.benchling.mapping import FOLDER, BenchlingMappingError, read_mapping, statement
from localdev.stand_ins.benchling import shape

STATEMENTS = sorted(path.stem for path in FOLDER.glob("*.sql"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_names_are_quoted_in_a_statement(name: str) -> None:
    written = statement(name, read_mapping())
    assert '"ngs_run$raw"' in written
    assert "${" not in written
    assert "--" not in written


def test_the_default_mapping_matches_the_local_warehouse() -> None:
    for names in read_mapping().values():
        columns = set(names.values()) - {names["table"]}
        assert columns <= set(shape.columns_of(names["table"]))
    assert {names["table"] for names in read_mapping().values()} == set(shape.OWN_COLUMNS)


def test_an_own_mapping_overrides_single_names() -> None:
    own = read_mapping(json.dumps({"library": {"table": "lab.samples", "kit": "Kit"}}))
    written = statement("samples", own)
    assert '"lab"."samples" AS library' in written
    assert 'library."Kit"' in written
    assert '"library_prep_sample$raw"' not in written


def test_a_mapping_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text('{"pool": {"table": "pools"}}')
    assert read_mapping(str(file))["pool"] == {"table": "pools", "id": "id", "archived": "archived$"}


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("{", "cannot be read"),
        ("/nowhere/mapping.json", "cannot be read"),
        ('{"run": {"table": "x"}}', "invalid entry run; it may have objects for ngs_run"),
        ('{"pool": "x"}', "invalid entry pool"),
        ('{"pool": {"colour": "x"}}', "pool has no colour; it has table, id, archived"),
        ('{"pool": {"table": "a.b.c"}}', "may be NAME or SCHEMA.NAME"),
        ('{"pool": {"table": 3}}', "which is not a valid name"),
        ('{"pool": {"id": null}}', "which is not a valid name"),
    ],
)
def test_an_invalid_mapping_is_refused_with_the_reason(own: str, message: str) -> None:
    with pytest.raises(BenchlingMappingError, match=message):
        statement("samples", read_mapping(own))


@pytest.mark.parametrize(
    "name", ['x" --', "x; DROP TABLE y", "x y", "", "1x", "x.y", "x" * 64, "$x", 'x"', "x\n", ":name", "ñ"]
)
def test_an_invalid_name_never_becomes_part_of_a_statement(name: str) -> None:
    with pytest.raises(BenchlingMappingError, match=r"pool\.id is mapped to"):
        statement("samples", read_mapping(json.dumps({"pool": {"id": name}})))
