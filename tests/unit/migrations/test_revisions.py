"""A migration's file name says when it runs, and `alembic revision` makes such a name."""

import shutil
from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.operations.ops import DowngradeOps, MigrationScript, UpgradeOps
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine

from migrations.revisions import RELEASES, Phase, name_revision, phase_of
from tools.pack_function.imports import ROOT

VERSIONS = ROOT / "migrations" / "versions"
NEWEST = max(int(path.name[:4]) for path in VERSIONS.glob("*.py"))


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def alembic(tmp_path: Path, connection: Connection) -> Config:
    """The config of a copy of migrations/, in which new files can be made; its database has the newest schema."""
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    config = Config(tmp_path / "migrations" / "alembic.ini")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return config


def new_script(message: str | None) -> MigrationScript:
    return MigrationScript("ab12", UpgradeOps([]), DowngradeOps([]), message=message)


@pytest.mark.parametrize(("name", "phase"), [("0010_pre_add_x.py", Phase.PRE), ("0010_post_drop_x.py", Phase.POST)])
def test_the_phase_is_read_from_the_file_name(name: str, phase: Phase) -> None:
    assert phase_of(Path("versions", name)) == phase


@pytest.mark.parametrize("name", ["0010_add_x.py", "0010_.py", "10_pre_x.py", "0010_pre.py", "0010_prepare_x.py"])
def test_a_file_name_without_number_or_phase_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match=f"{name} does not say when it runs"):
        phase_of(Path(name))


def test_every_migration_of_the_project_has_a_phase_and_its_own_number() -> None:
    files = sorted(VERSIONS.glob("*.py"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        assert path.read_text(encoding="utf-8").startswith(f'"""{phase_of(path)}: ')


def test_in_each_release_no_migration_before_the_deployment_follows_one_after_it() -> None:
    """The job stops before the first `post`, and the new functions need every `pre`."""
    newest = [revision[:4] for revision in RELEASES.values()]
    for _, files in groupby(sorted(VERSIONS.glob("*.py")), key=lambda path: bisect_left(newest, path.name[:4])):
        phases = [phase_of(path) for path in files]
        assert phases == sorted(phases, reverse=True)  # pre, post


def test_a_new_revision_gets_the_next_number() -> None:
    script = new_script("pre: add runs.x")
    name_revision(script, [Path("0002_pre_b.py"), Path("0001_pre_a.py")])
    assert script.rev_id == "0003"


@pytest.mark.parametrize("message", ["add runs.x", "pre add runs.x", "pre: ", "before: add runs.x"])
def test_a_message_without_phase_is_refused(message: str) -> None:
    with pytest.raises(CommandError, match="has no phase; write 'pre: …' or 'post: …'"):
        name_revision(new_script(message), [])


@pytest.mark.parametrize("autogenerate", [True, False])
def test_alembic_makes_files_that_say_when_they_run(alembic: Config, *, autogenerate: bool) -> None:
    command.revision(alembic, message="post: drop runs.old", autogenerate=autogenerate)

    path = Path(alembic.config_file_name or "").parent / "versions" / f"{NEWEST + 1:04}_post_drop_runs_old.py"
    assert phase_of(path) == Phase.POST
    assert path.read_text().startswith('"""post: drop runs.old."""')


def test_alembic_makes_no_file_for_a_message_without_phase(alembic: Config) -> None:
    with pytest.raises(CommandError, match="has no phase"):
        command.revision(alembic, message="drop runs.old")
