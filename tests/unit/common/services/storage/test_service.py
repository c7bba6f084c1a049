"""Files of runs, through Google's client and the Storage stand-in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, PARAMS, SAMPLESHEET, Buckets, FileGroup
from common.errors import NotFoundError, TooLargeError, UnavailableError
from common.services.storage import file_listing as run_file_listing
from common.services.storage import service as module
from common.services.storage.client import ObjectState
from common.services.storage.file_listing import FileFilter, FilePage
from common.services.storage.service import StorageService
from localdev.stack.layout import LOGS_BUCKET, PROJECT, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn
from tests.support.runs import NOON
from tests.unit.localdev.receiver import Receiver

RUN_ID = "run-1a2b3c4d"
BUCKETS = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET)


@pytest.fixture
def storage(storage_service: StorageStandIn, monkeypatch: pytest.MonkeyPatch) -> StorageService:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return StorageService(BUCKETS)


@pytest.fixture
def signer_key(storage_service: StorageStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key file of the account of this process, which the stand-in trusts."""
    file = create_signer(tmp_path / "keys")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    return file


def put(stand_in: StorageStandIn, bucket: str, key: str, content: bytes = b"x") -> None:
    address = f"{stand_in.url}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}"
    requests.post(address, data=content, timeout=10).raise_for_status()


def write_log(stand_in: StorageStandIn, content: bytes, name: str = NEXTFLOW_LOG) -> None:
    """Write a file where the head job does."""
    put(stand_in, LOGS_BUCKET, f"runs/{RUN_ID}/logs/{name}", content)


def names_in(page: FilePage) -> list[tuple[str, str]]:
    return [(file.group, file.name) for file in page.files]


def calls_of(storage: StorageService, filters: FileFilter) -> int:
    """The number of list calls for one page."""
    called: list[str] = []
    storage.client._http.hooks["response"].append(lambda response, **_: called.append(response.url))
    storage.get_run_files(RUN_ID, filters)
    return sum("/o?" in url for url in called)


def state_of(storage: StorageService) -> ObjectState:
    state = storage.log_state(RUN_ID, NEXTFLOW_LOG)
    assert state
    return state


def unreachable(monkeypatch: pytest.MonkeyPatch, address: str) -> StorageService:
    """A service that gives up soon, with an endpoint that does not work."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return StorageService(BUCKETS, patience_s=0.1)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [(SAMPLESHEET, "text/csv"), (PARAMS, "application/yaml"), ("launch.sh", "text/plain"), ("noending", "text/plain")],
)
def test_an_input_is_stored_in_the_folder_of_its_run_with_its_content_type(
    storage: StorageService, storage_service: StorageStandIn, name: str, content_type: str
) -> None:
    for _ in range(2):  # a repeated request stores the same again
        storage.upload_run_files(RUN_ID, {name: "sample,é\n".encode()})

    key = quote(f"runs/{RUN_ID}/inputs/{name}", safe="")
    address = f"{storage_service.url}/storage/v1/b/{RUNS_BUCKET}/o/{key}"
    stored = requests.get(address, timeout=10).json()
    assert stored["contentType"] == content_type
    assert requests.get(f"{address}?alt=media", timeout=10).content == "sample,é\n".encode()


def test_a_missing_file_has_no_state(storage: StorageService) -> None:
    assert storage.log_state(RUN_ID, NEXTFLOW_LOG) is None


def test_every_overwrite_has_a_new_generation(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"one")
    first = state_of(storage)
    write_log(storage_service, b"longer")
    second = state_of(storage)

    assert (first.size, second.size) == (3, 6)
    assert second.generation > first.generation
    assert second.updated >= first.updated
    assert second.updated.tzinfo is not None


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 10, b"0123456789"), (0, 1, b"0"), (3, 7, b"3456"), (9, 10, b"9"), (8, 99, b"89"), (4, 4, b""), (5, 4, b"")],
)
def test_a_range_is_read_from_start_to_end(
    storage: StorageService, storage_service: StorageStandIn, start: int, end: int, expected: bytes
) -> None:
    write_log(storage_service, b"0123456789")

    assert storage.read_log_range(RUN_ID, NEXTFLOW_LOG, state_of(storage), start=start, end=end) == expected


def test_a_range_after_the_end_is_none(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"0123456789")

    assert storage.read_log_range(RUN_ID, NEXTFLOW_LOG, state_of(storage), start=10, end=20) is None


def test_a_replaced_generation_is_not_read(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"old bytes")
    old = state_of(storage)
    write_log(storage_service, b"new bytes and more")

    assert storage.read_log_range(RUN_ID, NEXTFLOW_LOG, old, start=0, end=9) is None


@pytest.mark.parametrize("content", [b"", b"short", b"0123456789", bytes(range(256)) * 5])
def test_stream_log_returns_the_whole_file(
    storage: StorageService, storage_service: StorageStandIn, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(module, "_READ_SIZE", 10)
    write_log(storage_service, content[:100])

    taken: list[int] = []
    pieces = list(storage.stream_log(RUN_ID, NEXTFLOW_LOG, take=taken.append))

    assert b"".join(pieces) == content[:100]
    assert taken == [1 + len(content[:100]) // 10]
    assert all(1 <= len(piece) <= 10 for piece in pieces)


def test_a_missing_file_raises_not_found_before_the_first_piece(storage: StorageService) -> None:
    with pytest.raises(NotFoundError, match=r"no nextflow\.log yet"):
        storage.stream_log(RUN_ID, NEXTFLOW_LOG, take=lambda _pieces: None)


def test_a_file_replaced_before_its_first_piece_raises_unavailable_at_once(
    storage: StorageService, storage_service: StorageStandIn
) -> None:
    write_log(storage_service, b"one two")
    with pytest.raises(UnavailableError, match="replaced"):
        storage.stream_log(RUN_ID, NEXTFLOW_LOG, take=lambda _pieces: write_log(storage_service, b"one two three"))


def test_a_file_replaced_while_it_is_streamed_raises_unavailable(
    storage: StorageService, storage_service: StorageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_READ_SIZE", 4)
    write_log(storage_service, b"one two")
    pieces = storage.stream_log(RUN_ID, NEXTFLOW_LOG, take=lambda _pieces: None)
    assert next(pieces) == b"one "
    write_log(storage_service, b"one two three")

    with pytest.raises(UnavailableError, match="replaced"):
        next(pieces)


def test_get_file_content_returns_the_whole_file(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"0\n", EXIT_CODE)

    assert storage.get_file_content(RUN_ID, EXIT_CODE) == b"0\n"


def test_get_file_content_raises_not_found(storage: StorageService) -> None:
    with pytest.raises(NotFoundError):
        storage.get_file_content(RUN_ID, EXIT_CODE)


def test_invalid_utf_8_is_replaced_in_text(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"exit \xff 1\n", EXIT_CODE)

    assert storage.get_file_text(RUN_ID, EXIT_CODE) == "exit \ufffd 1\n"


def test_the_files_of_a_run_are_inputs_results_and_logs_with_links(
    storage: StorageService, storage_service: StorageStandIn, signer_key: Path
) -> None:
    storage.upload_run_files(RUN_ID, {SAMPLESHEET: b"sample\n"})
    put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/results/multiqc/report.html", b"<html>")
    write_log(storage_service, b"Goodbye")

    page = storage.get_run_files(RUN_ID, FileFilter())

    assert names_in(page) == [("inputs", SAMPLESHEET), ("results", "multiqc/report.html"), ("logs", NEXTFLOW_LOG)]
    assert [file.size for file in page.files] == [7, 6, 7]
    assert page.files[1].gcs_uri == f"gs://{RUNS_BUCKET}/runs/{RUN_ID}/results/multiqc/report.html"
    assert all(datetime.now(UTC) - file.updated_at < timedelta(minutes=1) for file in page.files)
    downloads = [requests.get(file.download_url, timeout=10).content for file in page.files]
    assert downloads == [b"sample\n", b"<html>", b"Goodbye"]


def test_a_file_is_downloaded_by_its_whole_path_and_shown_if_browsers_can(
    storage: StorageService, storage_service: StorageStandIn, signer_key: Path
) -> None:
    for name in ("a/counts.tsv", "b/counts.bam", "report.html"):
        put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/results/{name}", b"<html>")

    table, alignment, report = storage.get_run_files(RUN_ID, FileFilter()).files

    download = requests.get(table.download_url, timeout=10).headers["Content-Disposition"]
    assert download == f'attachment; filename="{RUN_ID}_results_a_counts.tsv"'
    assert alignment.preview_url is None
    for file, media in ((table, "text/plain; charset=utf-8"), (report, "text/html; charset=utf-8")):
        shown = requests.get(file.preview_url or "", timeout=10)
        assert (shown.headers["Content-Disposition"], shown.headers["Content-Type"]) == ("inline", media)


def test_work_directories_and_other_runs_are_not_listed(
    storage: StorageService, storage_service: StorageStandIn
) -> None:
    put(storage_service, WORK_BUCKET, f"runs/{RUN_ID}/work/ab/cdef/.command.log")
    put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/work/ab/cdef/.command.log")
    put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/results.zip")
    put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}0/results/a.txt")

    assert names_in(storage.get_run_files(RUN_ID, FileFilter())) == []


def test_a_page_takes_one_call_per_group_and_one_behind_a_cursor(
    storage: StorageService, storage_service: StorageStandIn, signer_key: Path
) -> None:
    for number in range(120):
        put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/results/{number:03}.txt")
    cursor = storage.get_run_files(RUN_ID, FileFilter(page_size=50)).next_cursor

    assert calls_of(storage, FileFilter(page_size=50)) == 3
    assert calls_of(storage, FileFilter(page_size=50, cursor=cursor)) == 1


def test_counting_takes_a_call_for_each_thousand_files(
    storage: StorageService, storage_service: StorageStandIn, signer_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file_listing, "_LARGEST_CALL", 10)  # instead of 1,000
    for number in range(25):
        put(storage_service, RUNS_BUCKET, f"runs/{RUN_ID}/results/{number:03}.txt")

    assert calls_of(storage, FileFilter(group=FileGroup.RESULTS)) == 3


def test_a_work_directory_exists_while_it_has_files(storage: StorageService, storage_service: StorageStandIn) -> None:
    put(storage_service, WORK_BUCKET, f"runs/{RUN_ID}0/work/ab/cdef/.exitcode")
    put(storage_service, WORK_BUCKET, f"runs/{RUN_ID}/cache/index")
    assert not storage.check_work_dir_exists(RUN_ID)

    put(storage_service, WORK_BUCKET, f"runs/{RUN_ID}/work/ab/cdef/.exitcode")
    assert storage.check_work_dir_exists(RUN_ID)


def test_a_closed_port_raises_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = unreachable(monkeypatch, f"http://127.0.0.1:{free_port()}")
    state = ObjectState(generation=1, size=1, updated=NOON)

    with pytest.raises(UnavailableError):
        storage.log_state(RUN_ID, NEXTFLOW_LOG)
    with pytest.raises(UnavailableError):
        storage.read_log_range(RUN_ID, NEXTFLOW_LOG, state, start=0, end=1)
    with pytest.raises(UnavailableError):
        storage.upload_run_files(RUN_ID, {SAMPLESHEET: b"sample\n"})
    with pytest.raises(UnavailableError):
        storage.get_run_files(RUN_ID, FileFilter())
    with pytest.raises(UnavailableError):
        storage.check_work_dir_exists(RUN_ID)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_repeated_server_errors_raise_unavailable(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    key = quote(f"runs/{RUN_ID}/logs/{NEXTFLOW_LOG}", safe="")
    with Receiver() as receiver:
        answers = receiver.answers[f"/storage/v1/b/{LOGS_BUCKET}/o/{key}?projection=noAcl&prettyPrint=false"]
        answers.extend([status] * 10)
        storage = unreachable(monkeypatch, receiver.url(""))

        with pytest.raises(UnavailableError):
            storage.log_state(RUN_ID, NEXTFLOW_LOG)
        assert len(answers) < 10


def test_inputs_are_copied_between_runs(storage: StorageService, storage_service: StorageStandIn) -> None:
    storage.upload_run_files(RUN_ID, {SAMPLESHEET: b"sample\n", PARAMS: b"a: 1\n"})

    for _ in range(2):  # a repeated request copies the same again
        storage.copy_run_files(RUN_ID, "run-00000002", [SAMPLESHEET])

    objects = f"{storage_service.url}/storage/v1/b/{RUNS_BUCKET}/o"
    copied = f"{objects}/{quote(f'runs/run-00000002/inputs/{SAMPLESHEET}', safe='')}"
    assert requests.get(f"{copied}?alt=media", timeout=10).content == b"sample\n"
    assert requests.get(copied, timeout=10).json()["contentType"] == "text/csv"
    assert len(requests.get(objects, timeout=10).json()["items"]) == 3


def test_copying_a_missing_input_raises_not_found(storage: StorageService) -> None:
    with pytest.raises(NotFoundError, match=SAMPLESHEET):
        storage.copy_run_files(RUN_ID, "run-00000002", [SAMPLESHEET])


def test_a_file_of_any_size_is_not_read_into_memory(storage: StorageService, storage_service: StorageStandIn) -> None:
    write_log(storage_service, b"0" * (1 << 20), EXIT_CODE)
    assert len(storage.get_file_content(RUN_ID, EXIT_CODE)) == 1 << 20
    write_log(storage_service, b"0" * ((1 << 20) + 1), EXIT_CODE)

    with pytest.raises(TooLargeError, match=r"exit_code of run .* more than 1,048,576 bytes"):
        storage.get_file_text(RUN_ID, EXIT_CODE)
