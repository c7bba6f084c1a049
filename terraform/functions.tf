# The table of functions. `settings` names groups of settings.tf; `secrets` are variables that hold the latest version
# of a secret of secrets.tf; `pool` is how many connections one instance may hold. A function of Flask gets as many
# threads as it may have requests at a time.
locals {
  functions = {
    runs = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 10, pool = 5
      settings = ["identity", "database", "buckets", "queue", "limits"]
      secrets  = {}
    }
    pipelines = {
      memory   = "512Mi", cpu = "1", concurrency = 16, timeout_s = 30, min = 0, max = 5, pool = 0
      settings = ["identity", "child_jobs"]
      secrets  = {}
    }
    logs = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 10, pool = 5
      settings = ["identity", "database", "buckets", "queue"]
      secrets  = {}
    }
    # A stream is one request that lasts: an hour at most, which is all that Cloud Run allows. Readers come back with
    # the number of what they saw last. All streams of an instance share one reader of the database.
    events = {
      memory   = "1Gi", cpu = "1", concurrency = 1000, timeout_s = 3600, min = 0, max = 4, pool = 5
      settings = ["identity", "database", "buckets", "streams"]
      secrets  = {}
    }
    users = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 30, min = 0, max = 3, pool = 3
      settings = ["identity", "database"]
      secrets  = {}
    }
    benchling = {
      memory   = "512Mi", cpu = "1", concurrency = 8, timeout_s = 60, min = 0, max = 3, pool = 0
      settings = ["identity", "warehouse"]
      secrets  = { BENCHLING_URL = "benchling_url" }
    }
    # As long as Cloud Tasks waits (10 minutes); each item may hold 256 MiB while it reads a log.
    queue_worker = {
      memory   = "2Gi", cpu = "1", concurrency = 4, timeout_s = 600, min = 0, max = 10, pool = 8
      settings = ["service", "database", "buckets", "queue", "child_jobs", "head_jobs"]
      secrets  = {}
    }
    bucket_watcher = {
      memory   = "1Gi", cpu = "1", concurrency = 2, timeout_s = 540, min = 0, max = 10, pool = 4
      settings = ["service", "database", "buckets", "queue"]
      secrets  = {}
    }
  }

  # Answered by Google's own callers only, at addresses inside Google; the others are behind gateway or load balancer.
  private_functions = ["queue_worker", "bucket_watcher"]
  # Reached by the load balancer itself; API Gateway neither streams nor waits.
  streaming_functions = ["events"]

  names = { for name in keys(local.functions) : name => "sluice-${replace(name, "_", "-")}" }
  limits = { for name, function in local.functions : name => {
    min = try(coalesce(var.instances[name].min, function.min), function.min)
    max = try(coalesce(var.instances[name].max, function.max), function.max)
  } }

  # Cloud Run's predictable addresses. A function must be told its own (the worker queues work for itself, and both
  # private ones compare the audience of tokens), and what is not there yet has no other address.
  urls = { for name, service in local.names : name => "https://${service}-${data.google_project.this.number}.${var.region}.run.app" }

  zips = { for name in keys(local.functions) : name => "${path.module}/../dist/${name}.zip" }
}

resource "google_storage_bucket_object" "source" {
  for_each = local.functions

  name   = "${each.key}/${filesha256(local.zips[each.key])}.zip" # another content is another name, and a new build
  bucket = google_storage_bucket.sources.name
  source = local.zips[each.key]

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "function" {
  #checkov:skip=CKV_GCP_124:API Gateway comes from outside; without its identity nobody gets past IAM, nor past IAP's token
  for_each = local.functions

  name     = local.names[each.key]
  location = var.region

  build_config {
    runtime           = "python311" # what the tests run on
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.account["build"].id
    # The build compiles every file and then sets all files' times to one moment, by which bytecode counts as stale. With
    # this in its environment, Python's compileall marks bytecode by its source's content instead.
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
      contains(local.streaming_functions, each.key) ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_ALL"
    )
    # Only who has something to reach inside; and the warehouse wants to know who comes, so that everything of
    # benchling leaves by the address of the network.
    direct_vpc_egress = (
      length(each.value.secrets) > 0 ? "VPC_EGRESS_ALL_TRAFFIC" :
      each.value.pool > 0 ? "VPC_EGRESS_PRIVATE_RANGES_ONLY" : null
    )

    dynamic "direct_vpc_network_interface" {
      for_each = each.value.pool > 0 || length(each.value.secrets) > 0 ? [1] : []
      content {
        network    = google_compute_network.this.id
        subnetwork = google_compute_subnetwork.this.id
      }
    }

    dynamic "secret_environment_variables" {
      for_each = each.value.secrets
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
    google_project_iam_member.build_sources,
    google_project_iam_member.grant,
    google_secret_manager_secret_iam_member.grant,
    google_sql_user.user,
    google_storage_bucket_iam_member.grant,
  ]
}
