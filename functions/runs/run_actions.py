"""What can be asked of runs."""

from dataclasses import dataclass

from common.actions.recover import RecoverRun
from common.actions.request_cancel import RequestCancel
from common.actions.submit import SubmitRun
from common.services.runs.reuse_forecast import ReuseForecast


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActions:
    """Everything that changes runs, and what tells beforehand how a recovery would go."""

    submit: SubmitRun
    cancel: RequestCancel
    recover: RecoverRun
    forecast: ReuseForecast
