# The table of functions. `settings` names groups of settings.tf; `secrets` maps variables to secrets of secrets.tf, in
# their latest version; `pool` is the maximum number of database connections of an instance. Flask functions have one
# thread per concurrent request.
locals {
  functions = {
    runs = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 10, pool = 5
      settings = ["identity", "database", "buckets", "queue", "owner_limits", "searches", "checks"]
      secrets  = {}
    }
    pipelines = {
      memory   = "512Mi", cpu = "1", concurrency = 16, timeout_s = 30, min = 0, max = 5, pool = 0
      settings = ["identity", "child_jobs", "checks"]
      secrets  = {}
    }
    logs = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 10, pool = 5
      settings = ["identity", "database", "buckets", "queue", "task_output", "searches", "output_looks"]
      secrets  = {}
    }
    # A stream is one request of at most an hour, Cloud Run's limit. Clients then reconnect with the number of the last
    # event they saw. All streams of an instance share one reader of the database.
    events = {
      memory   = "1Gi", cpu = "1", concurrency = 1000, timeout_s = 3600, min = 0, max = 4, pool = 5
      settings = ["identity", "database", "buckets", "queue", "streams", "task_output", "output_looks"]
      secrets  = {}
    }
    users = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 30, min = 0, max = 3, pool = 3
      settings = ["identity", "database", "queue", "mail_server"]
      secrets  = {}
    }
    # What runs cost, from sums in the database, and how they differ, for which their inputs are read.
    insight = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 3, pool = 3
      settings = ["identity", "database", "buckets", "searches"]
      secrets  = {}
    }
    benchling = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 3, pool = 0
      settings = ["identity", "warehouse", "searches"]
      secrets  = { BENCHLING_URL = "benchling_url" }
    }
    # The files of the page. A browser keeps them, so one instance is enough for many people.
    console = {
      memory   = "512Mi", cpu = "1", concurrency = 32, timeout_s = 30, min = 0, max = 3, pool = 0
      settings = ["identity", "programs"]
      secrets  = {}
    }
    # The timeout is that of Cloud Tasks (10 minutes); each item may need 256 MiB while it reads a log.
    queue_worker = {
      memory   = "2Gi", cpu = "1", concurrency = 4, timeout_s = 600, min = 0, max = 10, pool = 8
      settings = ["service", "database", "buckets", "queue", "child_jobs", "head_jobs", "task_output", "retention", "mail_server", "senders"]
      secrets  = { SMTP_PASSWORD = "smtp_password" }
    }
    bucket_watcher = {
      memory   = "1Gi", cpu = "1", concurrency = 2, timeout_s = 540, min = 0, max = 10, pool = 4
      settings = ["service", "database", "buckets", "queue"]
      secrets  = {}
    }
  }

  # Only Google's services can call these; the others are behind the gateway or the load balancer.
  private_functions = ["queue_worker", "bucket_watcher"]
  # Behind the load balancer directly: events because API Gateway does not stream and has a short deadline, console
  # because its addresses are not the API's.
  balanced_functions = ["events", "console"]

  names = { for name in keys(local.functions) : name => "sluice-${replace(name, "_", "-")}" }
  limits = { for name, function in local.functions : name => {
    min = try(coalesce(var.instances[name].min, function.min), function.min)
    max = try(coalesce(var.instances[name].max, function.max), function.max)
  } }

  # Cloud Run's predictable URLs, which are known before a function exists. Functions need their own URL: the worker
  # queues work for itself, and both private functions check the audience of tokens.
  urls = { for name, service in local.names : name => "https://${service}-${data.google_project.this.number}.${var.region}.run.app" }

  zips = { for name in keys(local.functions) : name => "${path.module}/../dist/${name}.zip" }
}

resource "google_storage_bucket_object" "source" {
  for_each = local.functions

  name   = "${each.key}/${filesha256(local.zips[each.key])}.zip" # new content has a new name, which starts a build
  bucket = google_storage_bucket.sources.name
  source = local.zips[each.key]

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "function" {
  #checkov:skip=CKV_GCP_124:API Gateway calls from outside; IAM and the IAP token protect the function
  for_each = local.functions

  name     = local.names[each.key]
  location = var.region

  build_config {
    runtime           = "python311" # the version that the tests use
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.account["build"].id
    # The build compiles every file and then resets all file times, which makes the bytecode stale. With this variable,
    # Python's compileall validates bytecode by the hash of its source instead.
    environment_variables = { SOURCE_DATE_EPOCH = "315532800" }

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.source[each.key].name
      }
    }
  }

  service_config {
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    max_instance_request_concurrency = each.value.concurrency
    timeout_seconds                  = each.value.timeout_s
    min_instance_count               = local.limits[each.key].min
    max_instance_count               = local.limits[each.key].max
    service_account_email            = google_service_account.account[each.key].email
    environment_variables            = local.environment[each.key]
    ingress_settings = (
      contains(local.private_functions, each.key) ? "ALLOW_INTERNAL_ONLY" :
      contains(local.balanced_functions, each.key) ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    )
    # Only functions that need the network use it. All traffic of benchling, which has secrets and no database, leaves by
    # the network's fixed address, which the Benchling warehouse allows.
    direct_vpc_egress = (
      each.value.pool > 0 ? "VPC_EGRESS_PRIVATE_RANGES_ONLY" :
      length(each.value.secrets) > 0 ? "VPC_EGRESS_ALL_TRAFFIC" : null
    )

    dynamic "direct_vpc_network_interface" {
      for_each = each.value.pool > 0 || length(each.value.secrets) > 0 ? [1] : []
      content {
        network    = google_compute_network.this.id
        subnetwork = google_compute_subnetwork.this.id
      }
    }

    dynamic "secret_environment_variables" {
      for_each = { for variable, name in each.value.secrets : variable => name if contains(keys(local.secrets_in_use), name) }
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret[secret_environment_variables.value].secret_id
        version    = "latest"
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.grant,
    google_logging_log_view_iam_member.grant,
    google_project_iam_member.build_sources,
    google_project_iam_member.grant,
    google_secret_manager_secret_iam_member.grant,
    google_sql_user.user,
    google_storage_bucket_iam_member.grant,
  ]
}
