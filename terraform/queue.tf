locals {
  worker_url    = local.urls.queue_worker
  worker_places = local.functions.queue_worker.concurrency * local.limits.queue_worker.max # more would be refused
  # Archives may take minutes. They get a quarter of the places, so that launches and cancels never wait behind them.
  archive_places = max(1, floor(local.worker_places / 4))
}

resource "google_cloud_tasks_queue" "work" {
  name     = "sluice-work"
  location = var.region

  rate_limits {
    max_dispatches_per_second = 100
    max_concurrent_dispatches = local.worker_places - local.archive_places
  }

  retry_config {
    max_attempts  = -1 # unlimited: there is no dead-letter queue, and the worker drops items that cannot succeed
    min_backoff   = "1s"
    max_backoff   = "300s"
    max_doublings = 8
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_tasks_queue" "archive" {
  name     = "sluice-archive"
  location = var.region

  rate_limits {
    max_dispatches_per_second = 10
    max_concurrent_dispatches = local.archive_places
  }

  retry_config {
    max_attempts  = 20 # then reconcile asks for the archive again
    min_backoff   = "5s"
    max_backoff   = "600s"
    max_doublings = 7
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_scheduler_job" "reconcile" {
  name             = "sluice-reconcile"
  description      = "Recovers stalled runs; deletes expired keys and conversations."
  region           = var.region
  schedule         = "*/5 * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "600s"

  retry_config {
    retry_count = 0 # the next call is in five minutes
  }

  http_target {
    http_method = "POST"
    uri         = "${local.worker_url}/work/reconcile"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = google_service_account.account["scheduler"].email
      audience              = local.worker_url
    }
  }

  depends_on = [google_cloudfunctions2_function.function]
}

# Google's list prices, from which the cost of runs is estimated; tools/deploy.sh starts it, too.
resource "google_cloud_scheduler_job" "prices" {
  name             = "sluice-prices"
  description      = "Reads the prices of machines and disks from Google's catalog."
  region           = var.region
  schedule         = "0 4 * * 1"
  time_zone        = "Etc/UTC"
  attempt_deadline = "600s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
  }

  http_target {
    http_method = "POST"
    uri         = "${local.worker_url}/work/prices"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = google_service_account.account["scheduler"].email
      audience              = local.worker_url
    }
  }

  depends_on = [google_cloudfunctions2_function.function]
}

# For every new object in the logs bucket; a filter can name a bucket but no prefix.
resource "google_eventarc_trigger" "logs" {
  name            = "sluice-logs"
  location        = var.region
  service_account = google_service_account.account["eventarc"].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.finalized"
  }
  matching_criteria {
    attribute = "bucket"
    value     = google_storage_bucket.bucket["logs_bucket"].name
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.function["bucket_watcher"].name
      region  = var.region
      path    = "/"
    }
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.invoker,
    google_project_iam_member.agent,
    google_project_iam_member.grant,
  ]
}
