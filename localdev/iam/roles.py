"""What each role of terraform/iam.tf permits, as far as Sluice calls it.

Google's own lists are longer; a permission is here when a call of Sluice needs it
(https://cloud.google.com/iam/docs/roles-permissions).
"""

from collections.abc import Mapping
from typing import Final

_LIST: Final = "storage.objects.list"
_VIEW: Final = ("storage.objects.get", _LIST)

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "roles/storage.objectViewer": frozenset(_VIEW),
    "roles/storage.objectUser": frozenset(
        {*_VIEW, "storage.objects.create", "storage.objects.delete", "storage.objects.update"}
    ),
    "sluiceListNames": frozenset({_LIST}),
    "roles/cloudtasks.enqueuer": frozenset({"cloudtasks.tasks.create"}),
    "roles/iam.serviceAccountUser": frozenset({"iam.serviceAccounts.actAs"}),
    "roles/iam.serviceAccountTokenCreator": frozenset({"iam.serviceAccounts.signBlob"}),
    "roles/logging.viewAccessor": frozenset({"logging.views.access"}),
    "roles/logging.logWriter": frozenset({"logging.logEntries.create"}),
    "roles/batch.jobsEditor": frozenset(
        {
            "batch.jobs.cancel",
            "batch.jobs.create",
            "batch.jobs.delete",
            "batch.jobs.get",
            "batch.jobs.list",
            "batch.tasks.list",
        }
    ),
    "roles/batch.agentReporter": frozenset({"batch.states.report"}),
}
