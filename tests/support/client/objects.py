"""Objects of the API, as the service answers them."""

from typing import Any

NOON = "2026-12-01T12:00:00Z"


def run_json(run_id: str = "run-0000000a", /, **fields: object) -> dict[str, Any]:
    """A run that waits, with these fields changed."""
    run: dict[str, Any] = {
        "run_id": run_id,
        "pipeline": "nf-core/scrnaseq",
        "pipeline_version": "2.7.1",
        "status": "pending",
        "status_detail": None,
        "user_email": "ana@lab.example",
        "created_at": NOON,
        "updated_at": NOON,
        "gcs_path": f"gs://sluice-runs/runs/{run_id}",
        "params": {"aligner": "star"},
        "sample_count": 4,
        "labels": [],
        "shared_with": [],
        "warnings": [],
    }
    return run | fields


def page_json(key: str, objects: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    """A page of a list."""
    return {key: objects, "total": len(objects), "page": 1, "page_size": 25, "next_cursor": cursor}


def user_json(**fields: object) -> dict[str, Any]:
    """The signed-in user."""
    stats = {"total_runs": 3, "successful_runs": 2, "total_samples_processed": 12}
    user = {"email": "ana@lab.example", "display_name": "Ana", "is_admin": False, "created_at": NOON}
    return user | {"preferences": {}, "stats": stats} | fields
