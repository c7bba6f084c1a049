"""Lists of Batch jobs, in the smallest form that Batch accepts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from common.domain.batch.job import ENDED
from common.telemetry import telemetry

if TYPE_CHECKING:
    from google.cloud.batch_v1 import BatchServiceClient, Job

log = telemetry("batch")

PAGE_SIZE: Final = 1000  # the largest that Batch answers
# A whole job is 2.4 KB; these fields are a tenth. Google's APIs take a field mask as a header (parameter $fields).
_FIELD_MASK: Final = (
    ("x-goog-fieldmask", "jobs.name,jobs.uid,jobs.labels,jobs.createTime,jobs.status.state,nextPageToken"),
)
# Google documents such filters in "View jobs and tasks" (Batch, --filter of gcloud): labels, states, AND, OR, NOT.
# Whether the API takes each of them is not documented. The states to leave out are named, not those to show: should
# Batch not understand a state, the answer is too long, and no live job is missed.
_HAS_NOT_ENDED: Final = "".join(f' AND NOT status.state="{state.name}"' for state in sorted(ENDED))


class JobFilter(Enum):
    """What the filter of a request names; callers check the jobs themselves in any case."""

    LABEL_AND_STATE = auto()
    LABEL = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of the request; filter and field mask only make the answer smaller."""

    jobs: JobFilter
    has_mask: bool


_FORMS: Final = tuple(_Form(jobs, has_mask) for jobs in JobFilter for has_mask in (True, False))  # the smallest first


class JobListing:
    """Lists the jobs of one project and location; remembers the forms of the request that Batch refused."""

    def __init__(self, parent: str) -> None:
        self._parent = parent
        self._refused: frozenset[_Form] = frozenset()

    def jobs(self, client: "BatchServiceClient", label: str, value: str, *, live_only: bool) -> "Iterable[Job]":
        """The jobs with a label, and perhaps others; those that have ended, too, unless `live_only`.

        Raises BadRequest if Batch refuses every form.
        """
        from google.api_core.exceptions import BadRequest  # noqa: PLC0415 see google_clients

        first = JobFilter.LABEL_AND_STATE if live_only else JobFilter.LABEL
        forms = [form for form in _FORMS if form.jobs.value >= first.value and form not in self._refused]
        refused = set[_Form]()
        for form in forms[:-1]:
            try:
                jobs = client.list_jobs(**self._request(form, label, value))
            except BadRequest as error:
                refused.add(form)
                refusal = {"action": "listing_refused", "filter": form.jobs.name, "mask": form.has_mask}
                words = "Cloud Batch refuses this form of a listing; trying a simpler one"
                log.warning(words, extra=refusal | {"why": error.message})
            else:
                self._refused |= refused
                return jobs
        jobs = client.list_jobs(**self._request(forms[-1], label, value))
        self._refused |= refused  # only now: a request that is wrong in itself is refused in every form
        return jobs

    def _request(self, form: _Form, label: str, value: str) -> dict[str, Any]:
        filters = {
            JobFilter.LABEL_AND_STATE: f'labels.{label}="{value}"{_HAS_NOT_ENDED}',
            JobFilter.LABEL: f'labels.{label}="{value}"',
            JobFilter.NOTHING: "",
        }
        request = {"parent": self._parent, "filter": filters[form.jobs], "page_size": PAGE_SIZE}
        return {"request": request, "metadata": _FIELD_MASK if form.has_mask else ()}
