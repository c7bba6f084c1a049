"""Finds the task of a run that an update belongs to, although two tasks may share the first eight digits of their hash.

A task's hash has 32 hex digits, and Nextflow prints eight of them. In two of three runs with 100,000 tasks, two tasks
share these eight digits. The work directory has all 32 digits. A line without a work directory is matched by the Batch
job, the number in the trace, and the name.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, count

from common.domain.tasks.merging import TaskSource, merge
from common.domain.tasks.name import further_digits
from common.domain.tasks.task import ENDED, Task, TaskStatus

SHORT_LENGTH = len("ab/cdef01")
MOST_ALIKE = 50  # tasks with the same eight digits; among 100,000 tasks, three are already improbable
_UNKNOWN_SUBMIT_S = 0.5  # log and trace give the same submission within 0.1 s


def short_hash(key: str) -> str:
    """The part of a task's key that Nextflow prints: `ab/cdef01`."""
    return key[:SHORT_LENGTH] if key[SHORT_LENGTH : SHORT_LENGTH + 1] == "-" else key


class KnownTasks:
    """Tasks of one run, into which updates are merged.

    The first task with some eight digits has them as its key. A later task with the same digits has all 32 of its own
    (`ab/cdef01-7f3a…`), or a number (`ab/cdef01-2`) while its work directory is unknown. A key never changes.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._alike: dict[str, list[Task]] = defaultdict(list)
        self._stored: set[str] = set()
        self._changed: dict[str, Task] = {}
        for task in tasks:
            self._alike[short_hash(task.hash)].append(task)
            self._stored.add(task.hash)

    @property
    def new(self) -> list[Task]:
        """The tasks that updates have added."""
        return [task for key, task in self._changed.items() if key not in self._stored]

    @property
    def changed(self) -> list[Task]:
        """The tasks that were known before and that updates have changed."""
        return [task for key, task in self._changed.items() if key in self._stored]

    def merge(self, update: Task, source: TaskSource) -> None:
        """Merge an update into its task, or add a new task."""
        alike = self._alike[update.hash]
        place = _index_of(update, source, alike)
        if place is None and len(alike) >= MOST_ALIKE:
            return  # only a crafted log has so many, and each update is compared with all of them
        if place is None:
            alike.append(merge(None, _with_key(update, _free_key(update, alike)), source))
            self._changed[alike[-1].hash] = alike[-1]
            return
        before = alike[place]
        after = merge(before, _with_key(update, before.hash), source)
        if after != before:
            alike[place] = self._changed[before.hash] = after


def tasks_of_jobs(alike: Iterable[Task], jobs: Mapping[str, Collection[str]]) -> list[str]:
    """The keys of the tasks that run as `jobs`, which has job ids by the eight digits in their names.

    Of several tasks with the same digits, a job belongs to the one whose native_id names it (`job/task/uid`), else to
    the only one without a known job.
    """
    by_digits: dict[str, list[Task]] = defaultdict(list)
    for task in alike:
        by_digits[short_hash(task.hash)].append(task)
    keys = []
    for digits, tasks in by_digits.items():
        named = {task.hash: _job_of(task) for task in tasks}
        unnamed = [key for key, job in named.items() if job is None]
        for job in jobs.get(digits, ()):
            found = [key for key, known in named.items() if known == job]
            keys += found or (unnamed if len(unnamed) == 1 else [])
    return keys


def _job_of(task: Task) -> str | None:
    return task.native_id.partition("/")[0] if task.native_id else None


def _index_of(update: Task, source: TaskSource, alike: Sequence[Task]) -> int | None:
    """The index of the task in `alike` (tasks with the same eight digits) that `update` belongs to; None if none."""
    if not alike:
        return None
    if update.work_dir:
        for place, task in enumerate(alike):
            if task.work_dir == update.work_dir:
                return place
    if len(update.hash) != SHORT_LENGTH:  # the number or the name takes the place of a hash
        return 0
    if source == TaskSource.LOG and update.error_action:
        return max(range(len(alike)), key=lambda place: _note_score(alike[place], update))
    digits = further_digits(update.work_dir)
    possible = []
    for place, task in enumerate(alike):
        known = further_digits(task.work_dir) if digits else None
        if known and known == digits:
            return place
        if not known and _may_be_same(task, update, source):
            possible.append(place)
    if len(possible) > 1:  # rarely: in large logs, scoring each line would take long
        possible.sort(key=lambda place: _match_score(alike[place], update), reverse=True)
    return possible[0] if possible else None


def _may_be_same(known: Task, update: Task, source: TaskSource) -> bool:
    """Whether both may be the same task, if at least one of them has no work directory."""
    if known.native_id and update.native_id:
        return known.native_id == update.native_id
    if update.task_id is not None and known.task_id not in (None, update.task_id):
        return False
    if known.status in ENDED and source == TaskSource.LOG and _was_over_before(known, update):
        return False
    return not known.name or not update.name or _have_same_name(known, update)


def _was_over_before(known: Task, update: Task) -> bool:
    """Whether a task was reused or had ended before `update` submits one; both times must come from the log."""
    if update.status != TaskStatus.SUBMITTED:
        return False
    if known.status == TaskStatus.CACHED:
        return True
    if known.is_settled or not (known.end_time and update.submit_time):
        return False
    return update.submit_time > known.end_time


def _have_same_name(known: Task, update: Task) -> bool:
    """Whether the names are equal, ignoring spaces: the trace trims its cells."""
    return known.name == update.name or known.name.split() == update.name.split()


def _match_score(known: Task, update: Task) -> tuple[bool, bool, bool, bool, float]:
    """How well an update matches a task; the strongest evidence comes first."""
    return (
        known.native_id is not None and known.native_id == update.native_id,
        known.task_id is not None and known.task_id == update.task_id,
        _have_same_name(known, update),
        known.status == update.status,
        _time_score(known, update),
    )


def _time_score(known: Task, update: Task) -> float:
    """Minus the seconds between both submissions, which distinguishes tasks with the same name."""
    if update.submit_time is None:
        return 0
    if known.submit_time is None:
        return -_UNKNOWN_SUBMIT_S
    return -abs((known.submit_time - update.submit_time).total_seconds())


def _note_score(known: Task, note: Task) -> tuple[bool, bool, bool, float]:
    """How well a note (retried or ignored) matches a failed task: a note follows the failure, and may name the task.

    Reading the note again gives the same task. A task that the trace has settled has other times than the log.
    """
    end = known.end_time.timestamp() if known.end_time else 0
    if known.is_settled:
        is_expected = known.error_action == note.error_action
    else:
        is_expected = note.end_time is None or end <= note.end_time.timestamp()
    return (_have_same_name(known, note), known.status == TaskStatus.FAILED, is_expected, end)


def _with_key(update: Task, key: str) -> Task:
    return update if update.hash == key else update._replace(hash=key)


def _free_key(update: Task, alike: Sequence[Task]) -> str:
    if not alike:
        return update.hash
    taken = {task.hash for task in alike}
    digits = further_digits(update.work_dir)
    with_digits = [f"{update.hash}-{digits}"] if digits else []
    with_numbers = (f"{update.hash}-{number}" for number in count(len(alike) + 1))
    return next(key for key in chain([update.hash], with_digits, with_numbers) if key not in taken)
