"""Files onto this disk: complete, checked, inside their folder, never over another file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.api import Api
from sluice.downloads import AT_ONCE, Download, target_of
from sluice.errors import ConflictError, InputError, NotFoundError, SluiceError, UnavailableError
from sluice.run import Run, RunFile
from tests.support.client.service import Asked, StubService, Told, refusal, told
from tests.support.client.storage import StoredObject, file_json, files_page, stored
from tests.unit.client.conftest import Serve

ApiOf = Callable[[StubService], Api]
CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize(
    "name",
    [
        "results/../../etc/passwd",
        "/etc/passwd",
        "results/..",
        "results/./x",
        "results\\..\\x",
        "C:/x",
        "results/a\nb",
        "results/a\x00b",
        "results/x:stream",
        "",
    ],
)
def test_a_hostile_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no safe name"):
        target_of(tmp_path, name)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "results").symlink_to(tmp_path)
    with pytest.raises(InputError, match="through a link"):
        target_of(folder, "results/a/b.txt")


def test_an_ordinary_name_keeps_its_folders(tmp_path: Path) -> None:
    assert target_of(tmp_path, "results/star/a b (1).bam") == tmp_path / "results" / "star" / "a b (1).bam"


class Stage:
    """A run with one file, `results/a.bin`."""

    def __init__(self, service: StubService, api: Api, content: StoredObject, *, overwrite: bool = False) -> None:
        self.service, self.content = service, content
        service.answers["GET /o"] = content
        service.answers["GET /api/runs/run-0000000a/files"] = self._page
        self.run = Run(api, "run-0000000a")
        self.download = Download(api.transport, self._looked_up, overwrite=overwrite)

    def _page(self, asked: Asked) -> Told:
        one = file_json("a.bin", f"{self.service.address}/o", len(self.content.content))
        return told(files_page(results=[one]))

    def _looked_up(self, path: str) -> RunFile | None:
        return next((file for file in self.run.files() if file.path == path), None)

    def fetch(self, target: Path) -> bool:
        (file,) = self.run.files()
        return self.download.fetch(file, target)


@pytest.fixture
def stage_of(serve: Serve, api_of: ApiOf) -> Callable[..., Stage]:
    def make(content: StoredObject, *, overwrite: bool = False) -> Stage:
        service = serve({})
        return Stage(service, api_of(service), content, overwrite=overwrite)

    return make


StageOf = Callable[..., Stage]


def test_a_file_arrives_whole_over_connections_that_break(stage_of: StageOf, tmp_path: Path) -> None:
    stage = stage_of(stored(CONTENT, breaks=40, piece=100))
    assert stage.fetch(tmp_path / "x" / "a.bin")
    assert (tmp_path / "x" / "a.bin").read_bytes() == CONTENT
    assert stage.content.ranges[1] == "bytes=100-"
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["a.bin"]


def test_an_interrupted_download_goes_on_where_it_was(stage_of: StageOf, tmp_path: Path) -> None:
    stage = stage_of(stored(CONTENT))
    (tmp_path / ".a.bin.part").write_bytes(CONTENT[:5000])
    assert stage.fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert stage.content.ranges == ["bytes=5000-"]


@pytest.mark.parametrize("part", [b"other" * 1000, CONTENT + b"more", b"other" + CONTENT[5:]])
def test_a_part_of_an_earlier_file_is_thrown_away(stage_of: StageOf, tmp_path: Path, part: bytes) -> None:
    (tmp_path / ".a.bin.part").write_bytes(part)
    assert stage_of(stored(CONTENT)).fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_an_empty_file_is_a_file(stage_of: StageOf, tmp_path: Path) -> None:
    assert stage_of(stored(b"")).fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == b""


def test_a_composed_object_without_md5_is_checked_by_its_size(stage_of: StageOf, tmp_path: Path) -> None:
    assert stage_of(stored(CONTENT, has_md5=False)).fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_file_that_is_there_is_left_alone(stage_of: StageOf, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    stage = stage_of(stored(CONTENT))
    assert not stage.fetch(tmp_path / "a.bin")
    assert stage.content.ranges == ["bytes=0-0"]


@pytest.mark.parametrize("before", [b"mine", b"x" * len(CONTENT)])
def test_another_file_is_never_overwritten_unasked(stage_of: StageOf, tmp_path: Path, before: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(before)
    with pytest.raises(ConflictError, match="--overwrite"):
        stage_of(stored(CONTENT)).fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == before
    assert stage_of(stored(CONTENT), overwrite=True).fetch(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_link_in_the_place_of_the_file_is_not_written_through(stage_of: StageOf, tmp_path: Path) -> None:
    (tmp_path / "a.bin").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConflictError):
        stage_of(stored(CONTENT), overwrite=True).fetch(tmp_path / "a.bin")
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_in_the_place_of_the_part_is_not_written_through(stage_of: StageOf, tmp_path: Path) -> None:
    (tmp_path / ".a.bin.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be written"):
        stage_of(stored(CONTENT)).fetch(tmp_path / "a.bin")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_in_the_place_of_a_folder_is_an_error_that_names_it(stage_of: StageOf, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(InputError, match=r"a/b/a\.bin cannot be written: Not a directory"):
        stage_of(stored(CONTENT)).fetch(tmp_path / "a" / "b" / "a.bin")


def test_content_that_never_has_its_checksum_is_no_file(stage_of: StageOf, tmp_path: Path) -> None:
    content = stored(CONTENT)
    content._headers = lambda: {"x-goog-hash": "md5=AAAA"}  # type: ignore[method-assign]
    with pytest.raises(UnavailableError, match="damaged"):
        stage_of(content).fetch(tmp_path / "a.bin")
    assert list(tmp_path.glob("*.bin*")) == []


def test_a_link_that_has_expired_is_asked_for_again(stage_of: StageOf, tmp_path: Path) -> None:
    stage = stage_of(stored(CONTENT))
    stage.service.answers["GET /o"] = [Told(400, b"ExpiredToken"), Told(403, b""), Told(200, CONTENT)]
    assert stage.fetch(tmp_path / "a.bin")
    listings = [asked for asked in stage.service.asked if asked.path.endswith("/files")]
    assert len(listings) == 3


def test_a_file_that_is_gone_is_not_found(stage_of: StageOf, tmp_path: Path) -> None:
    stage = stage_of(stored(CONTENT))
    stage.service.answers["GET /o"] = refusal(404)
    with pytest.raises(NotFoundError):
        stage.fetch(tmp_path / "a.bin")


def test_many_files_are_fetched_some_at_a_time_and_links_are_fresh(serve: Serve, api_of: ApiOf, tmp_path: Path) -> None:
    service = serve({})
    contents = {f"f{number}": stored(f"{number}".encode()) for number in range(50)}
    service.answers |= {f"GET /{name}": content for name, content in contents.items()}
    looked_at: list[str] = []

    def listed() -> list[tuple[RunFile, Path]]:
        files = []
        for name, content in contents.items():
            listing = file_json(name, f"{service.address}/{name}", len(content.content))
            looked_at.append(name)
            files.append((api.decode(RunFile, listing | {"group": "results"}), tmp_path / name))
        return files

    api = api_of(service)
    done = dict(Download(api.transport, lambda _: None).fetch_all(iter(listed())))
    assert done == {tmp_path / name: True for name in contents}
    assert {path.name: path.read_bytes() for path in done} == {name: one.content for name, one in contents.items()}
    assert AT_ONCE == 8


def test_one_file_that_fails_does_not_stop_the_others(serve: Serve, api_of: ApiOf, tmp_path: Path) -> None:
    service = serve({"GET /good": stored(b"x"), "GET /bad": refusal(404)})
    api = api_of(service)
    files = [
        (api.decode(RunFile, file_json(name, f"{service.address}/{name}", 1) | {"group": "results"}), tmp_path / name)
        for name in ("bad", "good")
    ]
    done = dict(Download(api.transport, lambda _: None).fetch_all(files))
    assert isinstance(done[tmp_path / "bad"], SluiceError)
    assert done[tmp_path / "good"] is True
