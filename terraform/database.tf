# The maximum number of connections, checked by the precondition below:
#   all instances of all functions with full pools (prod: runs 10 × 5, logs 10 × 5, events 4 × 5, users 3 × 3,
#   insight 3 × 3, queue_worker 10 × 8, bucket_watcher 10 × 4: 258)
# + the largest of these again (80): old and new instances coexist while a new revision takes over
#   (not for all functions at once: each one drops its idle instances independently)
# + 20 for migrations, an administrator, and connections reserved by Postgres and Cloud SQL
# = 358 with the limits of the table; it must not exceed database_max_connections.
locals {
  connections          = { for name, function in local.functions : name => local.limits[name].max * function.pool }
  connections_reserved = 20
  connections_needed   = sum(values(local.connections)) + max(values(local.connections)...) + local.connections_reserved
  database_accounts    = toset([for grant in values(local.granted) : grant.account if grant.target == "database"])

  database_flags = {
    "cloudsql.iam_authentication" = "on"
    max_connections               = tostring(var.database_max_connections)
    log_checkpoints               = "on"
    log_connections               = "on"
    log_disconnections            = "on"
    log_lock_waits                = "on"
    log_min_duration_statement    = "1000" # milliseconds
    log_min_error_statement       = "error"
  }
}

resource "google_sql_database_instance" "this" {
  #checkov:skip=CKV_GCP_108:connections come from one private network; host names would add nothing
  #checkov:skip=CKV_GCP_110:pgaudit would log every statement, with data of the rows
  #checkov:skip=CKV_GCP_111:as above
  #checkov:skip=CKV2_GCP_13:statements over a second are logged; logging every duration would cost more than the statements
  #checkov:skip=CKV_GCP_51:local.database_flags sets it; checkov does not read dynamic blocks
  #checkov:skip=CKV_GCP_52:as above
  #checkov:skip=CKV_GCP_53:as above
  #checkov:skip=CKV_GCP_54:as above
  #checkov:skip=CKV_GCP_109:as above
  name                = var.database_instance
  region              = var.region
  database_version    = "POSTGRES_18"
  deletion_protection = var.deletion_protection
  encryption_key_name = var.kms_key

  settings {
    tier                        = var.database_tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database_is_regional ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = 20
    disk_autoresize             = true
    deletion_protection_enabled = var.deletion_protection
    connector_enforcement       = "REQUIRED" # only connectors, which use IAM identities
    user_labels                 = local.labels

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.this.id
      ssl_mode        = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" # connectors have one
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = var.database_backups.log_days

      backup_retention_settings {
        retained_backups = var.database_backups.kept
        retention_unit   = "COUNT"
      }
    }

    maintenance_window {
      day          = 7
      hour         = 3
      update_track = "stable"
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 1024
      record_application_tags = false
      record_client_address   = false
    }

    dynamic "database_flags" {
      for_each = local.database_flags
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.connections_needed <= var.database_max_connections
      error_message = "The functions can open ${local.connections_needed} connections, more than database_max_connections (${var.database_max_connections}). Raise it, with a database_tier that has enough memory, or lower max in instances."
    }
  }

  depends_on = [google_service_networking_connection.services, google_kms_crypto_key_iam_member.user]
}

resource "google_sql_database" "this" {
  name            = "sluice"
  instance        = google_sql_database_instance.this.name
  deletion_policy = "ABANDON" # it is deleted with its instance; IAM users that own objects in it could not be dropped before
}

resource "google_sql_user" "user" {
  for_each = local.database_accounts

  name     = trimsuffix(google_service_account.account[each.value].email, ".gserviceaccount.com")
  instance = google_sql_database_instance.this.name
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
  # The owner of all tables, which grants the functions access (migrations/job.py). No other user may change the schema.
  database_roles  = each.value == "migrate" ? ["cloudsqlsuperuser"] : null
  deletion_policy = "ABANDON"
}

# Operators who read rows in Cloud SQL Studio; the migration job grants them access.
resource "google_sql_user" "reader" {
  for_each = var.database_readers

  name            = each.value
  instance        = google_sql_database_instance.this.name
  type            = "CLOUD_IAM_USER"
  deletion_policy = "ABANDON"
}
