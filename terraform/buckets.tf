# Three buckets with the same key layout, runs/{run_id}/…, because Cloud Storage has these limits:
# - Lifecycle rules take literal prefixes only; `runs/*/work/` would match nothing. So work files, which are deleted
#   after a time, have their own bucket and a rule without a prefix.
# - Event triggers take buckets only; in a shared bucket, results and work files would start bucket_watcher too.
# - Versioning and soft delete keep, and bill, every copy of a growing log.
locals {
  buckets = {
    runs_bucket = { name = "${var.project_id}-sluice-runs", versioned = true, soft_delete_days = 7, deleted_after_days = null }
    logs_bucket = { name = "${var.project_id}-sluice-logs", versioned = false, soft_delete_days = 0, deleted_after_days = null }
    work_bucket = { name = "${var.project_id}-sluice-work", versioned = false, soft_delete_days = 0, deleted_after_days = 44 }
  }
}

resource "google_storage_bucket" "bucket" {
  #checkov:skip=CKV_GCP_78:versions of a growing log or of work files would only cost money
  #checkov:skip=CKV_GCP_62:audit logs record reads; access logs would need a fourth bucket
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

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  # Pages of the service read files by their signed links; localdev/stand_ins/storage/cross_origin.py does the same.
  dynamic "cors" {
    for_each = each.key == "work_bucket" ? [] : ["https://${var.domain}"]
    content {
      origin          = [cors.value]
      method          = ["GET", "HEAD"]
      response_header = ["Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "Range"]
      max_age_seconds = 3600
    }
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

  # Parts of archives that were never finished (common/domain/archive/build.py continues them for a day).
  dynamic "lifecycle_rule" {
    for_each = each.key == "logs_bucket" ? [2] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value
        matches_suffix = [".archive-part"]
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

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.user]
}

# The zips of the functions.
resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_78:objects are named by the hash of their content, so they have only one version
  #checkov:skip=CKV_GCP_62:as above
  name                        = "${var.project_id}-sluice-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # make pack creates the zips again

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.user]
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:a key of one's own is optional; the images contain this repository's code and no secrets
  repository_id = "sluice"
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = var.kms_key

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

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.user]
}
