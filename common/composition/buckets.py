"""The three buckets of a deployment."""

from common.domain.runs.files import Buckets
from common.settings import Environment


def read_buckets(env: Environment) -> Buckets:
    return Buckets(
        runs=env.required("RUNS_BUCKET"),
        logs=env.required("LOGS_BUCKET"),
        work=env.required("WORK_BUCKET"),
    )
