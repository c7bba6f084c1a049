"""What can be asked of runs."""

from dataclasses import dataclass

from common.actions.cancel_run import RequestCancel
from common.actions.recover_run import RecoverRun
from common.actions.submit_run import SubmitRun
from common.services.reuse_forecast import ReuseForecast


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActions:
    """Everything that changes runs, and what tells beforehand how a recovery would go."""

    submit: SubmitRun
    cancel: RequestCancel
    recover: RecoverRun
    forecast: ReuseForecast
