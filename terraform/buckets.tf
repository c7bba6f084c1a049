# Three buckets and no more than that, because of what Cloud Storage can and cannot do (one key layout, runs/{run_id}/…,
# in all of them):
# - a lifecycle rule knows literal prefixes only: `runs/*/work/` matches nothing, and nothing would ever be deleted.
#   So what is deleted after 30 days has a bucket of its own, and the rule names no prefix;
# - an event trigger knows buckets only: results and work files would each start bucket_watcher;
# - versioning and soft delete keep each of the many copies of a growing log, and are billed.
locals {
  buckets = {
    runs_bucket = { name = "${var.project_id}-sluice-runs", versioned = true, soft_delete_days = 7, deleted_after_days = null }
    logs_bucket = { name = "${var.project_id}-sluice-logs", versioned = false, soft_delete_days = 0, deleted_after_days = null }
    work_bucket = { name = "${var.project_id}-sluice-work", versioned = false, soft_delete_days = 0, deleted_after_days = 30 }
  }
}

resource "google_storage_bucket" "bucket" {
  #checkov:skip=CKV_GCP_78:versions of a growing log, or of work files, are copies that nobody reads and all pay for
  #checkov:skip=CKV_GCP_62:who reads what is in the audit logs; access logs would need a fourth bucket
  for_each = local.buckets

  name                        = each.value.name
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  versioning {
    enabled = each.value.versioned
  }

  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * 24 * 3600
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.deleted_after_days[*]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  depends_on = [google_project_service.api]
}

# The zips that functions are built from.
resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_78:the name of each object is the hash of what it holds; there is no second version of any
  #checkov:skip=CKV_GCP_62:as above
  name                        = "${var.project_id}-sluice-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # all of it can be packed again

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:Google's own keys encrypt these images, which hold this repository's code and no secret
  repository_id = "sluice"
  location      = var.region
  format        = "DOCKER"

  cleanup_policies {
    id     = "old"
    action = "DELETE"
    condition {
      older_than = "7776000s"
    }
  }
  cleanup_policies {
    id     = "recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  depends_on = [google_project_service.api]
}
