# The environment variables of each function, grouped as common/composition reads them. A test compares them with the code.
locals {
  settings = {
    identity = {
      HOSTED_DOMAIN    = var.hosted_domain
      ADMIN_EMAILS     = join(",", sort(var.admin_emails))
      SERVICE_ACCOUNTS = join(",", sort(var.service_accounts))
      PUBLIC_ORIGINS   = "https://${var.domain}"
    }
    programs = {
      PROGRAMS_CLIENT_ID     = var.programs_client_id
      PROGRAMS_CLIENT_SECRET = var.programs_client_secret
    }
    database = {
      CLOUD_SQL_INSTANCE = google_sql_database_instance.this.connection_name
      DATABASE_NAME      = google_sql_database.this.name
    }
    buckets = {
      RUNS_BUCKET = google_storage_bucket.bucket["runs_bucket"].name
      LOGS_BUCKET = google_storage_bucket.bucket["logs_bucket"].name
      WORK_BUCKET = google_storage_bucket.bucket["work_bucket"].name
    }
    queue = {
      WORK_QUEUE      = google_cloud_tasks_queue.work.id
      ARCHIVE_QUEUE   = google_cloud_tasks_queue.archive.id
      WORKER_URL      = local.worker_url
      WORKER_AUDIENCE = local.worker_url
      WORKER_CALLER   = google_service_account.account["tasks"].email
    }
    owner_limits = {
      RUNS_PER_MINUTE    = tostring(var.runs_per_minute)
      LIVE_RUNS_PER_USER = tostring(var.user_limits.live_runs)
    }
    searches = {
      SEARCHES_PER_MINUTE = tostring(var.user_limits.searches_per_minute)
    }
    checks = {
      CHECKS_PER_MINUTE = tostring(var.user_limits.checks_per_minute)
    }
    output_looks = {
      TASK_OUTPUTS_PER_MINUTE = tostring(var.user_limits.task_outputs_per_minute)
    }
    warehouse = {
      BENCHLING_MAPPING = var.benchling_mapping
    }
    streams = {
      EVENT_POLL_INTERVAL_S = "1"
      STREAMS_PER_USER      = tostring(var.user_limits.streams)
      TASK_STREAMS_PER_USER = tostring(var.user_limits.task_streams)
    }
    child_jobs = {
      BATCH_LOCATION           = var.region
      TASK_JOB_SERVICE_ACCOUNT = google_service_account.account["task_job"].email
      HEAD_JOB_NETWORK         = google_compute_network.this.id
      HEAD_JOB_SUBNETWORK      = google_compute_subnetwork.this.id
    }
    head_jobs = {
      HEAD_JOB_IMAGE           = var.head_job_image
      HEAD_JOB_MACHINE_TYPE    = var.head_job_machine_type
      HEAD_JOB_SERVICE_ACCOUNT = google_service_account.account["head_job"].email
      HEAD_JOB_GITHUB_TOKEN    = try("${google_secret_manager_secret.secret["github_token"].id}/versions/latest", "")
      LOG_COPY_MIN_S           = "2"
      LOG_COPY_MAX_S           = "60"
      SYNC_INTERVAL_S          = "20"
    }
    mail_server = {
      SMTP_HOST = var.smtp.host
    }
    senders = {
      SITE_URL  = "https://${var.domain}"
      SMTP_PORT = tostring(var.smtp.port)
      SMTP_USER = var.smtp.user
      SMTP_FROM = var.smtp.from
    }
    retention = {
      LOG_MONTHS = tostring(var.log_months)
    }
    task_output = {
      TASK_OUTPUT_VIEW = "projects/${var.project_id}/locations/global/buckets/_Default/views/${google_logging_log_view.task_output.name}"
    }
    service = {}
  }

  # Each backend service of the load balancer has its own IAP audience.
  audiences = { for name, backend in google_compute_backend_service.backend :
    name => "/projects/${data.google_project.this.number}/global/backendServices/${backend.generated_id}"
  }

  # Settings that differ between functions.
  own_settings = {
    identity = { for name in keys(local.functions) : name => {
      IAP_AUDIENCE = contains(local.balanced_functions, name) ? local.audiences[name] : local.audiences.gateway
    } }
    database = { for name, function in local.functions : name => {
      DATABASE_USER      = trimsuffix(google_service_account.account[name].email, ".gserviceaccount.com")
      DATABASE_POOL_SIZE = tostring(function.pool)
    } }
    service = { for name in keys(local.functions) : name => {
      SERVICE_AUDIENCE = name == "bucket_watcher" ? coalesce(var.eventarc_audience, local.urls[name]) : local.urls[name]
      SERVICE_CALLERS  = join(",", [for caller in local.invokers[name] : try(google_service_account.account[caller].email, "")])
    } }
  }

  # Settings of all functions: THREADS is for functions-framework, the rest for Sluice.
  common_settings = { for name, function in local.functions : name => {
    GOOGLE_CLOUD_PROJECT = var.project_id
    THREADS              = tostring(function.concurrency)
  } }

  environment = { for name, function in local.functions : name => merge(
    local.common_settings[name],
    [for group in function.settings : merge(local.settings[group], try(local.own_settings[group][name], {}))]...
  ) }
}
