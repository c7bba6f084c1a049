import shlex
from pathlib import Path

import pytest

from localdev.nextflow_simulator.command_line import UsageError, parse


def test_options_of_the_launcher_come_before_run() -> None:
    command = parse(shlex.split("-log a.log -c one.config -c two.config run nf-core/scrnaseq -r 2.7.1 -name me"))

    assert command.log_file == Path("a.log")
    assert command.config_files == (Path("one.config"), Path("two.config"))
    assert (command.pipeline, command.revision, command.name) == ("nf-core/scrnaseq", "2.7.1", "me")
    assert command.resume is None


def test_parameters_are_separate_from_options() -> None:
    command = parse(
        shlex.split("run nf-core/scrnaseq -w gs://b/work --input sheet.csv --outdir gs://b/out -resume abc")
    )

    assert command.params == {"input": "sheet.csv", "outdir": "gs://b/out"}
    assert (command.work_dir, command.resume) == ("gs://b/work", "abc")


@pytest.mark.parametrize("line", ["", "info", "run", "-with-trace t run x", "run x -bogus", "run x -name", "run x y"])
def test_a_command_line_that_nextflow_rejects_is_refused(line: str) -> None:
    with pytest.raises(UsageError):
        parse(line.split())


def test_the_log_shows_words_with_a_colon_in_quotes() -> None:
    command = parse(
        shlex.split("run nf-core/scrnaseq -name me -w gs://b/work --input /mnt/disks/sheet.csv --note 'a b'")
    )

    assert command.line == (
        "nextflow run nf-core/scrnaseq -name me -w 'gs://b/work' --input /mnt/disks/sheet.csv --note 'a b'"
    )
