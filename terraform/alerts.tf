locals {
  requests = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\""
  queue    = "resource.type = \"cloud_tasks_queue\" AND resource.labels.queue_id = \"${google_cloud_tasks_queue.work.name}\""
  public   = join(" OR ", [for name, service in local.names : "resource.labels.service_name = \"${service}\"" if !contains(local.private_functions, name)])

  # An alert is sent when `filter` stays above `above` for `minutes`; `per` is the denominator of a ratio.
  alerts = {
    stuck_queue = {
      title   = "Work waits in the queue"
      filter  = "${local.queue} AND metric.type = \"cloudtasks.googleapis.com/queue/task_attempt_delays\""
      per     = null, aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX"
      above   = 300000, minutes = 10 # milliseconds, so a launch that is five minutes late
      meaning = "Work items start more than five minutes late: runs are not launched, followed or cancelled. Check the requests of sluice-queue-worker: does it fail, or has it reached its maximum of instances?"
    }
    failing_work = {
      title   = "Work items fail repeatedly"
      filter  = "${local.queue} AND metric.type = \"cloudtasks.googleapis.com/queue/task_attempt_count\" AND metric.labels.response_code != \"200\""
      per     = null, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM"
      above   = 0.2, minutes = 15 # per second
      meaning = "queue_worker fails work items, which are retried until they succeed. Its log says why; for 401 and 403 check SERVICE_AUDIENCE and SERVICE_CALLERS."
    }
    failing_ingest = {
      title   = "Logs do not reach the database"
      filter  = "${local.requests} AND resource.labels.service_name = \"${local.names.bucket_watcher}\" AND metric.labels.response_code_class != \"2xx\""
      per     = null, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM"
      above   = 0.02, minutes = 10
      meaning = "bucket_watcher refuses file notices or fails on them. Runs still end correctly (sync reads the same files), but logs lag. 401 means that Eventarc uses another audience: see docs/deploy.md, step 8."
    }
    error_rate = {
      title   = "The API fails"
      filter  = "${local.requests} AND (${local.public}) AND metric.labels.response_code_class = \"5xx\""
      per     = "${local.requests} AND (${local.public})"
      aligner = "ALIGN_RATE", reducer = "REDUCE_SUM"
      above   = 0.02, minutes = 10
      meaning = "More than 2 % of the answers to users are 5xx. The log entries with action unexpected_error have the stack traces."
    }
    database_connections = {
      title   = "The database runs out of connections"
      filter  = "resource.type = \"cloudsql_database\" AND resource.labels.database_id = \"${var.project_id}:${google_sql_database_instance.this.name}\" AND metric.type = \"cloudsql.googleapis.com/database/postgresql/num_backends\""
      per     = null, aligner = "ALIGN_MAX", reducer = "REDUCE_SUM"
      above   = floor(var.database_max_connections * 0.85), minutes = 5
      meaning = "85 % of max_connections are in use. database.tf adds up the expected connections; look for a client that is not counted there."
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "Sluice: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  depends_on   = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "Sluice: ${each.value.title}"
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  documentation {
    content   = each.value.meaning
    mime_type = "text/markdown"
  }

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter             = each.value.filter
      denominator_filter = each.value.per
      comparison         = "COMPARISON_GT"
      threshold_value    = each.value.above
      duration           = "${each.value.minutes * 60}s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }

      dynamic "denominator_aggregations" {
        for_each = each.value.per[*]
        content {
          alignment_period     = "300s"
          per_series_aligner   = each.value.aligner
          cross_series_reducer = each.value.reducer
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

# The timer calls every five minutes: without requests for an hour, nothing is reconciled any more.
resource "google_monitoring_alert_policy" "silence" {
  display_name          = "Sluice: queue_worker gets no requests"
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  documentation {
    content   = "Neither the queue nor the timer sluice-reconcile reaches queue_worker. Check whether the timer is paused."
    mime_type = "text/markdown"
  }

  conditions {
    display_name = "No request for an hour"

    condition_absent {
      filter   = "${local.requests} AND resource.labels.service_name = \"${local.names.queue_worker}\""
      duration = "3600s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}

# Log entries that need an operator; at most one mail per hour for each.
resource "google_monitoring_alert_policy" "log_entry" {
  for_each = {
    unexpected_error = "A bug in Sluice: the entry has the stack trace."
    work_dropped     = "A work item was dropped because retries could not succeed; the entry says why."
    role_missing     = "Google denies a service account access; the entry says which role to grant."
    launch_refused   = "Batch refuses a head job: check quota, permissions and the image."
    jobs_do_not_end  = "Batch has not ended jobs for six hours that were told to stop; they may cost money. See docs/operate.md, A run is stuck."
    mail_refused     = "The mail server refuses Sluice's password or sender, or offers no STARTTLS; mails wait for a day. See docs/operate.md, Notifications do not arrive."
    unknown_jobs     = "More than 20 live jobs belong to runs that the database does not know. Nothing was stopped: see docs/operate.md, Restore."
  }

  display_name          = "Sluice: ${each.key}"
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  documentation {
    content   = "${each.value} docs/operate.md has filters for related entries."
    mime_type = "text/markdown"
  }

  conditions {
    display_name = each.key

    condition_matched_log {
      filter = "resource.type=\"cloud_run_revision\" AND jsonPayload.action=\"${each.key}\""
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }
}
