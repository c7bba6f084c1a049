# Who did what: Sluice's own audit records (logger sluice.audit) and Google's data-access logs, in a log bucket of their
# own. A locked bucket cannot be shortened or deleted by anyone, not even by an owner of the project, before its retention
# is over (Cloud Logging, "Lock a log bucket"); so it is only locked where nobody wants to destroy the deployment.
variable "audit_retention_days" {
  description = "How long audit records are kept, in days. Once the log bucket is locked it can only be made longer."
  type        = number
  default     = 400

  validation {
    condition     = var.audit_retention_days >= 1 && var.audit_retention_days <= 3650 && floor(var.audit_retention_days) == var.audit_retention_days
    error_message = "audit_retention_days must be a whole number from 1 to 3650."
  }
}

variable "audit_locked" {
  description = "Lock the log bucket of the audit for good. A locked deployment cannot be destroyed before the retention is over."
  type        = bool
  default     = false
}

# Reads and writes of objects, including those by signed links, and every decision of IAP. Admin activity is always logged.
resource "google_project_iam_audit_config" "data_access" {
  for_each = toset(["iap.googleapis.com", "storage.googleapis.com"])

  project = var.project_id
  service = each.value

  dynamic "audit_log_config" {
    for_each = each.value == "iap.googleapis.com" ? ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] : ["DATA_READ", "DATA_WRITE"]
    content {
      log_type = audit_log_config.value
      # Mounted buckets of jobs are read many times a second; only what people and functions do is recorded.
      exempted_members = each.value == "storage.googleapis.com" ? [local.members["head_job"], local.members["task_job"]] : []
    }
  }
}

resource "google_logging_project_bucket_config" "audit" {
  project        = var.project_id
  location       = var.region
  bucket_id      = "sluice-audit"
  description    = "Who did what in Sluice"
  retention_days = var.audit_retention_days
  locked         = var.audit_locked
  depends_on     = [google_project_service.api]
}

# A sink to a log bucket of the same project needs no role (Cloud Logging, "Route logs to supported destinations").
resource "google_logging_project_sink" "audit" {
  name        = "sluice-audit"
  destination = "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
  filter      = "jsonPayload.logger = \"sluice.audit\" OR log_id(\"cloudaudit.googleapis.com/data_access\") OR log_id(\"cloudaudit.googleapis.com/activity\")"

  unique_writer_identity = true
}
