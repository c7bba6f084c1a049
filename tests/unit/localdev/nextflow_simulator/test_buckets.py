import uuid

from localdev.nextflow_simulator.buckets import CloudCache, Results, WorkDirs
from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt
from tests.unit.localdev.nextflow_simulator.conftest import Simulator

PLANNED = plan_of([Sample("S1", (("r1", "r2"),))], {})[0]


def root() -> str:
    return f"gs://sluice-work/{uuid.uuid4()}"


def test_work_directories_are_visible_to_later_runs(simulator: Simulator) -> None:
    uri = root()
    first = WorkDirs(simulator.objects, uri)
    ended, begun = (
        TaskAttempt(number=1, planned=PLANNED, hash=digit * 32, work_root=uri, memory=1 << 30, exit_code=code)
        for digit, code in (("a", 0), ("b", None))
    )
    for task in (ended, begun):
        first.begin(task, "true\n")
    first.start(ended)
    first.end(ended, stdout="printed\n", stderr="", trace="")

    later = WorkDirs(simulator.objects, uri)

    assert [later.exists(digit * 32) for digit in "abc"] == [True, True, False]
    assert [later.has_ended(digit * 32) for digit in "ab"] == [True, False]


def test_a_work_directory_has_the_files_of_nextflow(simulator: Simulator) -> None:
    uri = root()
    work = WorkDirs(simulator.objects, uri)
    task = TaskAttempt(number=1, planned=PLANNED, hash="a" * 32, work_root=uri, memory=1 << 30, exit_code=0)

    work.begin(task, "true\n")
    work.start(task)
    work.end(task, stdout="printed\n", stderr="and this\n", trace="realtime=3\n")

    bucket, _, prefix = task.work_dir.removeprefix("gs://").partition("/")
    names = [name.rpartition("/")[2] for name in simulator.objects.names(bucket, prefix)]
    of_command = [f".command.{kind}" for kind in ("begin", "err", "log", "out", "run", "sh", "trace")]
    assert names == [*of_command, ".exitcode"]
    assert simulator.objects.read(bucket, f"{prefix}/.command.log") == b"printed\nand this\n"


def test_the_cache_is_separate_for_each_session(simulator: Simulator) -> None:
    uri = root()
    CloudCache(simulator.objects, uri, "session-1").store("a" * 32, {"status": "COMPLETED"})

    assert CloudCache(simulator.objects, uri, "session-1").row_of("a" * 32) == {"status": "COMPLETED"}
    assert CloudCache(simulator.objects, uri, "session-2").row_of("a" * 32) is None


def test_without_a_path_nothing_is_cached(simulator: Simulator) -> None:
    cache = CloudCache(simulator.objects, "", "session-1")
    cache.store("a" * 32, {"status": "COMPLETED"})

    assert cache.row_of("a" * 32) is None


def test_results_are_published_below_the_output_directory(simulator: Simulator) -> None:
    Results(simulator.objects, "gs://sluice-runs/some/results/").publish("multiqc/report.html", "<p>")

    assert simulator.objects.read("sluice-runs", "some/results/multiqc/report.html") == b"<p>"
