"""Answers about what runs cost."""

from pydantic import BaseModel, ConfigDict


class RunCostResponse(BaseModel):
    """The machines that the tasks of a run had, as far as Cloud Batch has said so.

    `machine_seconds` is the time from the assignment of a machine to its release, over all attempts, and `spot_losses`
    the number of attempts that a preemption ended. `unread_jobs` are not in these numbers.
    """

    model_config = ConfigDict(from_attributes=True)  # MachineTime

    jobs: int
    unread_jobs: int
    machine_seconds: float
    spot_losses: int
