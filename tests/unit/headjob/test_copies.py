"""How often launch.sh copies a growing log: often while people look, seldom otherwise.

Its pauses and copies are recorded in their order and counted, so nothing depends on the speed of the machine.
"""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.headjob.test_launch import HeadJob, until

MIN_S, MAX_S = 2, 4
OFTEN, SELDOM = 2 * MIN_S, 2 * MAX_S  # pauses of half a second between two copies
# A clock that goes on by a second whenever it is read, and is set forward by a file. It is read often, so it starts no
# programs of its own.
CLOCK = f"""[[ $1 == +%s ]] || exec {shutil.which("date")} "$@"
echo >> "$SEEN/readings"
mapfile -t readings < "$SEEN/readings"
[ ! -e "$SEEN/set_forward_by" ] || read -r forward < "$SEEN/set_forward_by"
echo $((${{#readings[@]}} + ${{forward:-0}}))
"""
# Only the copier pauses for half a second; what waits for the end of Nextflow does not have to look often.
PAUSE = f"""[ "$1" = 0.5 ] || exec {shutil.which("sleep")} 0.1
echo pause >> "$SEEN/story"
exec {shutil.which("sleep")} 0.01
"""
COPY = f"""[[ $2 != */logs/nextflow.log ]] || echo copy >> "$SEEN/story"
exec {shutil.which("cp")} "$@"
"""
# A log that changes all the time, and takes in what is put into the file `say`.
BUSY = f"""trap 'echo aborting >> "$log"' TERM
while [ ! -e "$SEEN/leave" ]; do
    echo "Nov-23 12:00:00.000 [main] DEBUG n.Session - exit: 0" >> "$log"
    [ ! -e "$SEEN/say" ] || {{ cat "$SEEN/say" >> "$log"; rm "$SEEN/say"; }}
    {shutil.which("sleep")} 0.01
done
"""


@pytest.fixture
def job(tmp_path: Path) -> Iterator[HeadJob]:
    job = HeadJob(tmp_path)
    job.environment |= {"LOG_COPY_MIN_S": str(MIN_S), "LOG_COPY_MAX_S": str(MAX_S)}
    for name, body in (("date", CLOCK), ("sleep", PAUSE), ("cp", COPY)):
        job.program(name, body)
    job.nextflow(BUSY)
    yield job
    job.kill()


def pauses_before_each_copy(job: HeadJob) -> list[int]:
    """The number of pauses before each copy of the log so far."""
    story = job.seen / "story"
    return [part.count("pause") for part in (story.read_text() if story.exists() else "").split("copy")[:-1]]


def next_pauses(job: HeadJob, count: int = 2) -> list[int]:
    """The pauses before the next copies, without the one that may already have begun."""
    before = len(pauses_before_each_copy(job))
    until(job.seen / "story", lambda text: text.count("copy") > before + count, seconds=60)
    return pauses_before_each_copy(job)[before + 1 : before + 1 + count]


def put(job: HeadJob, name: str, text: str) -> None:
    """Write a file that a command may read at any moment."""
    (job.seen / "new").write_text(text)
    (job.seen / "new").rename(job.seen / name)


def make_old(job: HeadJob) -> None:
    """Let ten minutes pass after the first copy, and wait for the next one."""
    until(job.seen / "story", "copy")
    put(job, "set_forward_by", "601")
    next_pauses(job, count=1)


def end(job: HeadJob) -> None:
    (job.seen / "leave").touch()
    assert job.end() == 0


def test_a_young_log_is_copied_often(job: HeadJob) -> None:
    job.start()
    assert next_pauses(job) == [OFTEN, OFTEN]
    end(job)


def test_an_old_log_is_copied_seldom(job: HeadJob) -> None:
    job.start()
    make_old(job)
    assert next_pauses(job) == [SELDOM, SELDOM]
    end(job)
    assert job.copied("nextflow.log").count("DEBUG") > 0


@pytest.mark.parametrize(
    "trouble",
    [
        "Nov-23 12:00:00.000 [main] WARN  n.Session - low on disk",
        "Nov-23 12:00:00.000 [Task monitor] ERROR n.processor.TaskProcessor - Error executing process > 'A'",
        "Nov-23 12:00:00.000 [Task monitor] DEBUG n.p.T - Task completed > TaskHandler[id: 1; exit: 137; error: -;]",
        "Nov-23 12:00:00.000 [Task monitor] INFO  n.p.T - [ca/a9dbed] NOTE: Lost -- Execution is retried (1)",
    ],
)
def test_an_old_log_is_copied_often_for_a_minute_after_trouble(job: HeadJob, trouble: str) -> None:
    job.start()
    make_old(job)
    put(job, "say", f"{trouble}\n")
    until(job.logs / "nextflow.log", trouble)
    assert next_pauses(job) == [OFTEN, OFTEN]
    put(job, "set_forward_by", "701")
    next_pauses(job, count=1)
    assert next_pauses(job, count=1) == [SELDOM]
    end(job)


def test_an_old_log_is_copied_often_once_the_job_is_told_to_stop(job: HeadJob) -> None:
    process = job.start()
    make_old(job)
    process.send_signal(signal.SIGTERM)
    until(job.logs / "nextflow.log", "aborting")
    assert next_pauses(job) == [OFTEN, OFTEN]
    put(job, "set_forward_by", "701")
    assert next_pauses(job) == [OFTEN, OFTEN]
    end(job)


def test_the_first_change_after_a_long_silence_is_copied_at_once(job: HeadJob) -> None:
    job.nextflow(
        'echo first > "$log"; until [ -e "$SEEN/say" ]; do sleep 0.1; done\n'
        'echo "said $(grep -c pause "$SEEN/story")" >> "$log"\n'
        'until [ -e "$SEEN/leave" ]; do sleep 0.1; done'
    )
    job.start()
    until(job.logs / "nextflow.log", "first")
    put(job, "set_forward_by", "601")
    long_after = SELDOM + pauses_before_each_copy(job)[0]
    until(job.seen / "story", lambda text: text.count("pause") > long_after)
    (job.seen / "say").touch()
    until(job.logs / "nextflow.log", "said")
    said_after = int(job.copied("nextflow.log").split()[-1])
    assert sum(pauses_before_each_copy(job)) - said_after <= OFTEN
    end(job)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"LOG_COPY_MIN_S": "1", "LOG_COPY_MAX_S": "60"}, OFTEN),  # a bucket allows one write per object and second
        ({"LOG_COPY_MIN_S": "", "LOG_COPY_MAX_S": ""}, OFTEN),
        ({"LOG_COPY_MIN_S": "often"}, OFTEN),
        ({"LOG_COPY_MIN_S": "3", "LOG_COPY_MAX_S": "2"}, 6),
    ],
)
def test_the_shortest_pause_is_a_setting_of_at_least_two_seconds(
    job: HeadJob, given: dict[str, str], expected: int
) -> None:
    job.environment |= given
    job.start()
    assert next_pauses(job, count=1) == [expected]
    end(job)


def test_the_longest_pause_is_never_shorter_than_the_shortest(job: HeadJob) -> None:
    job.environment |= {"LOG_COPY_MIN_S": "3", "LOG_COPY_MAX_S": "2"}
    job.start()
    make_old(job)
    assert next_pauses(job, count=1) == [6]
    end(job)
