"""Examples of the answers about what runs cost."""

from collections.abc import Sequence

from pydantic import BaseModel

from common.schemas.costs import RunCostResponse


def cost_answers() -> Sequence[BaseModel]:
    """One example of each model."""
    return [RunCostResponse(jobs=2, unread_jobs=0, machine_seconds=1420.5, spot_losses=1)]
