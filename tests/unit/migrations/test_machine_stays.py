"""The machines that an older release kept are stored once for all jobs."""

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

ADD_RUN = text(
    "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
    " sample_count) VALUES ('run-00000001', gen_random_uuid(), 'p', '1', 'failed', 'a', 'g', '{}', 1)"
)
ADD_JOBS = text("""
    INSERT INTO child_jobs (run_id, job_id, state, machine_type, provisioning_model, task_pack, zone, spot_losses,
        disks, accelerators, assigned_at, released_at)
    SELECT 'run-00000001', job_id, state, machine_type, 'SPOT', 1, 'europe-west1-b', losses,
        '[{"type": "pd-balanced", "gib": 130, "boot": true}]', '[]', '2026-11-23 12:00Z', '2026-11-23 13:00Z'
    FROM (VALUES ('j1', 'SUCCEEDED', 'e2-standard-2', 0), ('j2', 'FAILED', 'e2-standard-2', 0),
        ('j3', 'SUCCEEDED', 'e2-standard-2', 2), ('j4', NULL, NULL, NULL)) AS jobs (job_id, state, machine_type, losses)
""")


def test_jobs_without_losses_keep_their_machines(empty_database_url: str) -> None:
    engine, config = create_engine(empty_database_url), Config("migrations/alembic.ini")
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0029")
        connection.execute(ADD_RUN)
        connection.execute(ADD_JOBS)
        connection.commit()
        command.upgrade(config, "head")
        stays = connection.execute(text("SELECT job_id, ended, kind_id IS NULL FROM child_jobs ORDER BY 1"))
        assert [tuple(row) for row in stays] == [
            ("j1", "done", False), ("j2", "failed", False), ("j3", None, True), ("j4", None, True),
        ]  # fmt: skip
        assert connection.execute(text("SELECT machine FROM machine_kinds")).scalars().all() == [
            {
                "type": "e2-standard-2",
                "model": "SPOT",
                "zone": "europe-west1-b",
                "region": "europe-west1",
                "pack": 1,
                "disks": [{"type": "pd-balanced", "gib": 130, "boot": True}],
            }
        ]
    engine.dispose()
