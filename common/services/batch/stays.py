"""The stays of tasks on machines, as they are stored: the last one in `child_jobs`, all others in `further_stays`.

The view `machine_stays` has both; see its migration.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text

from common.domain.batch.job import MachineKind
from common.domain.batch.machines import MachineStay

# Sorted, so that two transactions that add the same kinds wait for each other and never both.
_FIND_OR_ADD: Final = text("""
    WITH asked AS (SELECT DISTINCT value AS machine FROM jsonb_array_elements(CAST(:machines AS jsonb))),
    added AS (
        INSERT INTO machine_kinds (machine)
        SELECT machine FROM asked
        WHERE NOT EXISTS (SELECT FROM machine_kinds known WHERE known.machine = asked.machine)
        ORDER BY machine
        ON CONFLICT DO NOTHING
        RETURNING id, machine
    )
    SELECT id, CAST(machine AS text) AS machine FROM added
    UNION ALL SELECT id, CAST(machine AS text) FROM asked JOIN machine_kinds USING (machine)
""")
# A stay that goes on is stored again when it has ended.
_ADD: Final = text("""
    INSERT INTO further_stays (run_id, job_task, attempt, ended, kind_id, assigned_at, released_at)
    SELECT :run_id, job_task, attempt, ended, kind_id, assigned_at, released_at
    FROM json_to_recordset(:stays) AS stays (
        job_task text, attempt smallint, ended text, kind_id integer, assigned_at timestamptz, released_at timestamptz
    )
    ON CONFLICT (run_id, job_task, attempt) DO UPDATE
    SET ended = excluded.ended, released_at = excluded.released_at, kind_id = excluded.kind_id
    WHERE further_stays.released_at IS NULL AND excluded.released_at IS NOT NULL
""")


class NumberedStay(NamedTuple):
    """A stay with its number among those of its task, from 1 on, and the id of its machine."""

    stay: MachineStay
    attempt: int
    kind_id: int


def numbered(connection: Connection, kind: MachineKind, stays: Sequence[MachineStay]) -> list[NumberedStay]:
    """The stays of a job, in order; machines that are new are stored in the connection's transaction."""
    if not stays:
        return []
    machines = [_machine_of(kind, stay.zone) for stay in stays]
    ids = _kind_ids(connection, machines)
    attempts: dict[int, int] = {}
    found = []
    for stay, machine in zip(stays, machines, strict=True):
        attempts[stay.task_index] = attempts.get(stay.task_index, 0) + 1
        found.append(NumberedStay(stay, attempts[stay.task_index], ids[_key(machine)]))
    return found


def last_and_further(stays: Sequence[NumberedStay]) -> tuple[NumberedStay | None, list[NumberedStay]]:
    """The last stay of the first task, which the job's row has, and the others."""
    last = next((each for each in reversed(stays) if each.stay.task_index == 0), None)
    return last, [each for each in stays if each is not last]


def add_further(connection: Connection, run_id: str, job_id: str, stays: Sequence[NumberedStay]) -> None:
    """Store stays that the job's row does not have."""
    if not stays:
        return
    rows = [
        {
            "job_task": f"{job_id}/{each.stay.task_index}",
            "attempt": each.attempt,
            "ended": each.stay.end.value,
            "kind_id": each.kind_id,
            "assigned_at": each.stay.assigned_at.isoformat() if each.stay.assigned_at else None,
            "released_at": each.stay.released_at.isoformat() if each.stay.released_at else None,
        }
        for each in stays
    ]
    connection.execute(_ADD, {"run_id": run_id, "stays": json.dumps(rows)})


def _machine_of(kind: MachineKind, zone: str | None) -> Mapping[str, Any]:
    machine = {
        "type": kind.machine_type,
        "model": kind.provisioning_model,
        "zone": zone,
        "region": zone.rpartition("-")[0] if zone else kind.region,
        "pack": kind.task_pack,
        "disks": [dict(disk) for disk in kind.disks],
        "gpus": [dict(accelerator) for accelerator in kind.accelerators],
    }
    return {name: value for name, value in machine.items() if value}


def _kind_ids(connection: Connection, machines: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """The id of each machine by its key; new ones are added in the connection's transaction."""
    keys = {_key(machine): machine for machine in machines}
    ids: dict[str, int] = {}
    while not ids.keys() >= keys.keys():  # another transaction may have added some since the snapshot
        asked = {"machines": json.dumps(list(keys.values()))}
        ids = {_key(json.loads(row.machine)): row.id for row in connection.execute(_FIND_OR_ADD, asked)}
    return ids


def _key(machine: Mapping[str, Any]) -> str:
    return json.dumps(machine, sort_keys=True)
