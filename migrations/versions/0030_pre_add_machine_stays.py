"""pre: add the stays of tasks on machines, one for each attempt.

What `child_jobs` knows of machines is kept, except for jobs that lost Spot machines, whose single attempts it has not
kept. Its columns for machines go in a later release, because the old code writes them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_COPIED = """
    SELECT run_id, job_id,
        CASE state WHEN 'SUCCEEDED' THEN 'done' WHEN 'FAILED' THEN 'failed' ELSE 'with_job' END AS ended,
        jsonb_strip_nulls(jsonb_build_object(
            'type', machine_type, 'model', provisioning_model, 'zone', zone,
            'region', regexp_replace(zone, '-[a-z]$', ''), 'pack', nullif(task_pack, 0),
            'disks', CASE WHEN disks <> '[]' THEN disks END,
            'gpus', CASE WHEN accelerators <> '[]' THEN accelerators END
        )) AS machine
    FROM child_jobs WHERE machine_type IS NOT NULL AND assigned_at IS NOT NULL AND spot_losses = 0
"""
# One row for each stay of a task on a machine. Of a job that Nextflow deleted nobody has seen the machine.
_VIEW = """
    CREATE VIEW machine_stays AS
    SELECT run_id, job_id || '/0' AS job_task, kind_id, coalesce(assigned_at, created_at) AS assigned_at, released_at,
        coalesce(ended, 'deleted') AS ended
    FROM child_jobs WHERE ended IS NOT NULL OR (state = 'GONE' AND created_at IS NOT NULL)
    UNION ALL
    SELECT run_id, job_task, kind_id, assigned_at, released_at, ended FROM further_stays
"""


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "machine_kinds",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("machine", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_kinds")),
        sa.UniqueConstraint("machine", name=op.f("uq_machine_kinds_machine")),
    )
    op.create_table(
        "further_stays",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("job_task", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ended", sa.String(length=9), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", time, nullable=True),
        sa.Column("released_at", time, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_further_stays_run_id")),
        sa.PrimaryKeyConstraint("run_id", "job_task", "attempt", name=op.f("pk_further_stays")),
    )
    op.execute("SET LOCAL lock_timeout = '1s'")  # rather fail than let the functions wait; the job can run again
    op.add_column("child_jobs", sa.Column("kind_id", sa.Integer(), nullable=True))
    op.add_column("child_jobs", sa.Column("ended", sa.String(length=9), nullable=True))
    op.execute(f"INSERT INTO machine_kinds (machine) SELECT DISTINCT machine FROM ({_COPIED}) AS copied")  # noqa: S608
    op.execute(f"""
        UPDATE child_jobs SET kind_id = kinds.id, ended = copied.ended
        FROM ({_COPIED}) AS copied JOIN machine_kinds kinds USING (machine)
        WHERE child_jobs.run_id = copied.run_id AND child_jobs.job_id = copied.job_id
    """)  # noqa: S608 the text above
    op.execute(_VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW machine_stays")
    op.drop_column("child_jobs", "ended")
    op.drop_column("child_jobs", "kind_id")
    for name in ("further_stays", "machine_kinds"):
        op.drop_table(name)
