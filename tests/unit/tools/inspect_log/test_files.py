from pathlib import Path

import pytest

from tests.unit.common.domain.nextflow.texts import line, trace
from tools.inspect_log.files import Kind, NotReadableError, kind_of, pieces


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (trace(), Kind.TRACE),
        (trace(separator=";", columns=("name", "status", "hostname", "exit")), Kind.TRACE),
        ("\ufeff" + trace(), Kind.TRACE),
        ("task_id\tname\tstatus", Kind.TRACE),
        (line("$> nextflow run x"), Kind.LOG),
        ("name,status\na,b\n", Kind.LOG),
        ("\n", Kind.LOG),
    ],
)
def test_the_first_line_shows_the_kind(tmp_path: Path, text: str, kind: Kind) -> None:
    (tmp_path / "file").write_text(text, encoding="utf-8")
    assert kind_of(tmp_path / "file") == kind


def test_an_empty_file_has_no_kind(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotReadableError, match="empty"):
        kind_of(tmp_path / "file")


def test_a_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    data = b"x" * ((1 << 20) + 1)
    (tmp_path / "file").write_bytes(data)
    assert [len(piece) for piece in pieces(tmp_path / "file")] == [1 << 20, 1]
