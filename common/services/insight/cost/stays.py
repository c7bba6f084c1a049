"""STAYS: the attempts of a run on machines, as rows of a query, from which costs of runs and tasks are summed up."""

from typing import Final

# Common table expressions, for a statement with :run_id and :at. Tasks are grouped by their jobs' tasks: a trace is
# text that a pipeline writes, and may name one twice. An attempt that goes on is not there, but that of the head job
# is, until :at; after a run in which nobody saw it, it is there without times. Without a `kind_id` nobody saw the
# machine, and `cpus` and `memory` are what the task asked for.
STAYS: Final = """
    run AS (
        SELECT run_id, session_id, split_part(batch_job_name, '/', 6) || '/0' AS head,
            started_at, coalesce(completed_at, failed_at, cancelled_at) AS over_at
        FROM runs WHERE run_id = :run_id
    ), of_tasks AS (
        SELECT coalesce(split_part(native_id, '/', 1) || '/' || split_part(native_id, '/', 2), hash) AS job_task,
            min(hash) AS hash, min(process) AS process, max(cpus) AS cpus, max(memory) AS memory,
            min(start_time) AS start_time, max(end_time) AS end_time, bool_or(status = 'ABORTED') AS aborted,
            bool_and(status IN ('COMPLETED', 'FAILED', 'ABORTED')) AS has_ended
        FROM tasks WHERE run_id = :run_id AND status <> 'CACHED' GROUP BY 1
    ), stays AS (
        SELECT CASE WHEN job_task = head THEN 'head' ELSE 'task' END AS role, hash, process, kind_id,
            CASE WHEN kind_id IS NULL THEN cpus END AS cpus, CASE WHEN kind_id IS NULL THEN memory END AS memory,
            CASE WHEN kind_id IS NULL THEN coalesce(start_time, assigned_at) ELSE assigned_at END AS began,
            coalesce(
                released_at, end_time, CASE WHEN ended IS NOT NULL OR aborted THEN over_at END,
                CASE WHEN job_task = head THEN CAST(:at AS timestamptz) END
            ) AS released,
            ended
        FROM (SELECT * FROM machine_stays WHERE run_id = :run_id) AS seen FULL JOIN of_tasks USING (job_task), run
        WHERE ended IS NOT NULL OR (has_ended AND NOT (aborted AND start_time IS NULL))
        UNION ALL
        SELECT 'head', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM run
        WHERE started_at IS NOT NULL AND over_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM further_stays WHERE further_stays.run_id = :run_id AND job_task = head)
    )
"""
