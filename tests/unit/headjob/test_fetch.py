"""headjob/fetch.sh, which fills the image of head jobs, with local clones and stubs for curl and nextflow."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "headjob"
PLUGIN = hashlib.sha256(f"{hashlib.sha256(b'code').hexdigest()}  ./classes/x\n".encode()).hexdigest()
PROGRAM = hashlib.sha256(b"program of https://files.example/nextflow\n").hexdigest()


class Build:
    """The folders of one build; `run` runs a script in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.home, self.image = folder, folder / "bin", folder / "home", folder / "opt"
        (folder / "build").mkdir()
        self.bin.mkdir()
        self.program(
            "curl", 'for last; do :; done; while [ "$1" != --output ]; do shift; done; echo "program of $last" > "$2"'
        )
        self.program(
            "nextflow",
            f'echo "$NXF_OFFLINE ${{NXF_SYNTAX_PARSER:-}} $*" >> {folder}/calls\n'
            '[ "$1 $2" != "plugin install" ] || { target="$NXF_HOME/plugins/${3/@/-}"; mkdir -p "$target/classes"; '
            'printf code > "$target/classes/x"; }',
        )
        self.commit = self.pipeline("1.0.0", "2.0.0")
        self.write(
            "nextflow.tsv",
            f"nextflow 1.2.3, launcher\t{PROGRAM}\thttps://files.example/nextflow\t{folder}/got/nextflow",
        )
        self.write("plugins.tsv", f"nf-validation@1.1.3\t{PLUGIN}", f"nf-validation@1.1.4\t{PLUGIN}")
        self.write(
            "releases.tsv",
            f"nf-core/tiny\t1.0.0\t{self.commit['1.0.0']}\tv1\treads_site_configs",
            f"nf-core/tiny\t2.0.0\t{self.commit['2.0.0']}\t-\t-",
        )

    def program(self, name: str, body: str) -> None:
        (self.bin / name).write_text(f"#!/bin/bash\n{body}\n")
        (self.bin / name).chmod(0o755)

    def write(self, name: str, *lines: str) -> None:
        (self.folder / "build" / name).write_text("# a comment\n" + "".join(f"{line}\n" for line in lines))

    def pipeline(self, *tags: str) -> dict[str, str]:
        """A repository with a commit for each tag, where git finds it instead of at GitHub."""
        repository = self.folder / "hub" / "nf-core" / "tiny"
        repository.mkdir(parents=True)
        self.git(repository, "init", "--quiet")
        for tag in tags:
            (repository / "main.nf").write_text(tag)
            self.git(repository, "add", ".")
            self.git(repository, "-c", "user.name=Ana", "-c", "user.email=a@b", "commit", "--quiet", f"--message={tag}")
            self.git(repository, "tag", tag)
        return {tag: self.git(repository, "rev-parse", tag).strip() for tag in tags}

    def git(self, folder: Path, *arguments: str) -> str:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        shutil.copy(SCRIPTS / script, self.folder / "build")
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "NXF_HOME": str(self.home), "SLUICE_IMAGE": str(self.image),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{self.folder}/hub/.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://github.com/", "TMPDIR": str(self.folder),
        }  # fmt: skip
        command = ["/bin/bash", str(self.folder / "build" / script)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def test_everything_is_where_nextflow_and_launch_sh_look_for_it(build: Build) -> None:
    ran = build.run("fetch.sh")
    assert ran.returncode == 0, ran.stderr
    assert os.access(build.folder / "got" / "nextflow", os.X_OK)
    assert {path.name for path in (build.home / "plugins").iterdir()} == {"nf-validation-1.1.3", "nf-validation-1.1.4"}
    clone = build.home / "assets" / "nf-core" / "tiny"
    assert (clone / "main.nf").read_text() == "2.0.0"
    assert build.git(clone, "tag").split() == ["1.0.0", "2.0.0"]
    assert build.git(clone, "status", "--porcelain") == ""
    assert build.git(clone, "config", "remote.origin.url").strip() == "https://github.com/nf-core/tiny"
    notes = {path.name: path.read_text() for path in (build.image / "releases" / "nf-core" / "tiny").iterdir()}
    assert notes == {"1.0.0": "reads_site_configs\n", "2.0.0": "-\n"}
    site_configs = {path.relative_to(build.image).as_posix() for path in build.image.glob("site_configs/**/*.config")}
    assert site_configs == {"site_configs/nfcore_custom.config", "site_configs/pipeline/tiny.config"}


def test_each_release_can_be_checked_out_without_the_hub(build: Build) -> None:
    build.run("fetch.sh")
    shutil.rmtree(build.folder / "hub")
    clone = build.home / "assets" / "nf-core" / "tiny"
    for tag, commit in build.commit.items():
        build.git(clone, "checkout", "--quiet", tag)
        assert build.git(clone, "rev-parse", "HEAD").strip() == commit
        assert (clone / "main.nf").read_text() == tag


def test_another_nextflow_than_the_pinned_one_is_never_run(build: Build) -> None:
    build.write(
        "nextflow.tsv",
        f"nextflow 1.2.3, launcher\t{'0' * 64}\thttps://files.example/nextflow\t{build.folder}/got/nextflow",
    )
    ran = build.run("fetch.sh")
    assert ran.returncode == 1
    assert f"nextflow 1.2.3, launcher: {PROGRAM} (now: {'0' * 64})" in ran.stderr
    assert not (build.folder / "calls").exists()


def test_an_unknown_checksum_of_a_plugin_stops_the_build_and_is_shown(build: Build) -> None:
    build.write("plugins.tsv", "nf-validation@1.1.3\t-", f"nf-validation@1.1.4\t{PLUGIN}")
    ran = build.run("fetch.sh")
    assert ran.returncode == 1
    assert "not those in headjob/plugins.tsv" in ran.stderr
    assert f"nf-validation@1.1.3: {PLUGIN} (now: -)" in ran.stderr
    assert "1.1.4" not in ran.stderr


def test_a_tag_that_was_moved_stops_the_build(build: Build) -> None:
    build.write("releases.tsv", f"nf-core/tiny\t1.0.0\t{build.commit['2.0.0']}\t-\t-")
    ran = build.run("fetch.sh")
    assert ran.returncode == 1
    assert f"nf-core/tiny 1.0.0: {build.commit['1.0.0']} (now: {build.commit['2.0.0']})" in ran.stderr


def test_every_release_is_started_offline_with_its_parser_and_site_configs(build: Build) -> None:
    build.write("plugins.tsv", "nf-google@1.23.5\t-", "nf-cloudcache@0.5.0\t-", "nf-validation@1.1.4\t-")
    ran = build.run("check_offline.sh")
    assert ran.returncode == 0, ran.stderr
    first, second = build.calls()
    assert first == (
        "true v1 -log 1.0.0.log run nf-core/tiny -r 1.0.0 -profile docker --help "
        f"--custom_config_base {build.image}/site_configs"
    )
    assert second == "true  -log 2.0.0.log run nf-core/tiny -r 2.0.0 -profile docker --help"


def test_a_release_that_does_not_start_fails_the_build(build: Build) -> None:
    build.program("nextflow", 'echo "Unknown project" > "$2"; exit 1')
    build.write("plugins.tsv", "nf-google@1.23.5\t-")
    ran = build.run("check_offline.sh")
    assert ran.returncode == 1
    assert "Unknown project" in ran.stderr
