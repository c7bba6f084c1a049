# The table of grants, which a test compares with the calls in the code. Roles are granted on single resources, except
# those that Google can only grant on the project.
locals {
  accounts = {
    runs           = "The function runs"
    pipelines      = "The function pipelines"
    logs           = "The function logs"
    events         = "The function events"
    users          = "The function users"
    insight        = "The function insight"
    benchling      = "The function benchling"
    console        = "The function console"
    queue_worker   = "The function queue_worker"
    bucket_watcher = "The function bucket_watcher"
    head_job       = "Nextflow, which runs a pipeline and starts its tasks"
    task_job       = "The tasks of pipelines"
    migrate        = "The job that brings the database to the newest schema"
    build          = "Builds functions from their zips"
    gateway        = "API Gateway, on its way to the functions"
    tasks          = "Cloud Tasks, on its way to queue_worker"
    scheduler      = "Cloud Scheduler, on its way to queue_worker"
    eventarc       = "Eventarc, on its way to bucket_watcher"
  }

  grants = {
    runs = {
      runs_bucket   = ["roles/storage.objectUser"]             # stores, copies and lists inputs
      logs_bucket   = ["roles/storage.objectViewer"]           # lists logs and signs links to them
      work_bucket   = ["roles/storage.objectViewer"]           # checks whether a work directory exists
      data_buckets  = ["roles/storage.objectViewer"]           # checks whether the files of a sheet exist
      queue         = ["roles/cloudtasks.enqueuer"]            # launch, cancel
      tasks_account = ["roles/iam.serviceAccountUser"]         # the identity of the queue
      itself        = ["roles/iam.serviceAccountTokenCreator"] # signs links
      database      = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
    }
    pipelines = {}
    console   = {}
    logs = {
      logs_bucket   = ["roles/storage.objectViewer"]           # the log file itself, archives
      work_bucket   = ["roles/storage.objectViewer"]           # task output
      queue         = ["roles/cloudtasks.enqueuer"]            # archive; the log of an old run
      tasks_account = ["roles/iam.serviceAccountUser"]         # the identity of the queue
      itself        = ["roles/iam.serviceAccountTokenCreator"] # signs links
      database      = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
      task_output   = ["roles/logging.viewAccessor"] # task output, when its files are gone
    }
    events = {
      work_bucket   = ["roles/storage.objectViewer"]   # task output
      queue         = ["roles/cloudtasks.enqueuer"]    # reads the log of an old run again
      tasks_account = ["roles/iam.serviceAccountUser"] # the identity of the queue
      database      = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
      task_output   = ["roles/logging.viewAccessor"]
    }
    users = {
      queue         = ["roles/cloudtasks.enqueuer"]    # test notifications
      tasks_account = ["roles/iam.serviceAccountUser"] # the identity of the queue
      database      = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
    }
    insight = {
      runs_bucket = ["roles/storage.objectViewer"] # the inputs of two runs
      database    = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
    }
    benchling = {
      benchling_url = ["roles/secretmanager.secretAccessor"]
    }
    queue_worker = {
      runs_bucket      = ["roles/storage.objectUser"]   # launch.sh and sluice.config, beside the inputs
      logs_bucket      = ["roles/storage.objectUser"]   # reads logs, writes archives
      work_bucket      = ["roles/storage.objectViewer"] # task output, for archives
      queue            = ["roles/cloudtasks.enqueuer"]  # the next sync
      tasks_account    = ["roles/iam.serviceAccountUser"]
      head_job_account = ["roles/iam.serviceAccountUser"] # the identity of head jobs
      smtp_password    = ["roles/secretmanager.secretAccessor"]
      database         = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
      task_output      = ["roles/logging.viewAccessor"] # for archives, if the work directories are gone
      project          = ["roles/batch.jobsEditor"]     # Batch has no grants on single jobs
    }
    bucket_watcher = {
      logs_bucket   = ["roles/storage.objectViewer"]
      queue         = ["roles/cloudtasks.enqueuer"] # the rest of a large file, a sync
      tasks_account = ["roles/iam.serviceAccountUser"]
      database      = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
    }
    # Both kinds of jobs run code that users choose: no database, no inputs to write. folders.tf says which objects a
    # target such as `results` contains. Nextflow warns and goes on when it may not read its tasks' logs. The one secret
    # is the optional token for GitHub, which the script of every pipeline can read, but not its tasks.
    head_job = {
      images           = ["roles/artifactregistry.reader"] # its own image
      github_token     = ["roles/secretmanager.secretAccessor"]
      runs_bucket      = ["roles/storage.objectViewer"] # inputs; results of earlier runs
      results          = ["roles/storage.objectUser"]
      logs_bucket      = ["roles/storage.objectViewer"]
      logs             = ["roles/storage.objectUser"]
      work_bucket      = ["roles/storage.objectViewer"]
      work_and_cache   = ["roles/storage.objectUser"]
      data_buckets     = ["roles/storage.objectViewer"]
      task_job_account = ["roles/iam.serviceAccountUser"] # the identity of its tasks
      project = [
        "roles/batch.agentReporter", # the machine reports its state to Batch
        "roles/batch.jobsEditor",    # Nextflow creates and deletes its tasks' jobs
        "roles/logging.logWriter",
      ]
    }
    task_job = {
      runs_bucket     = [local.list_names]
      results_to_read = ["roles/storage.objectViewer"] # a run may take the results of an earlier one as input
      work_bucket     = ["roles/storage.objectViewer"]
      work            = ["roles/storage.objectUser"]
      data_buckets    = ["roles/storage.objectViewer"]
      project         = ["roles/batch.agentReporter", "roles/logging.logWriter"]
    }
    migrate = {
      database = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
      project  = ["roles/logging.logWriter"]
    }
    build = {
      images  = ["roles/artifactregistry.writer"]
      sources = ["roles/storage.objectViewer"]
      project = ["roles/logging.logWriter"]
    }
    eventarc = {
      project = ["roles/eventarc.eventReceiver"]
    }
  }

  # Who may call which function; the function then checks the user itself.
  invokers = {
    runs           = ["gateway"]
    pipelines      = ["gateway"]
    logs           = ["gateway"]
    users          = ["gateway"]
    insight        = ["gateway"]
    benchling      = ["gateway"]
    events         = ["iap"]
    console        = ["iap", "anyone"] # "anyone" for the path without IAP; ingress is from the load balancer only
    queue_worker   = ["tasks", "scheduler"]
    bucket_watcher = ["eventarc"]
  }

  granted = merge(flatten([for account, targets in local.grants : [for target, roles in targets : {
    for role in roles : "${account} ${role} ${target}" => { account = account, target = target, role = role }
  }]])...)
  members = { for name in keys(local.accounts) : name => google_service_account.account[name].member }
  callers = merge(local.members, { iap = google_project_service_identity.agent["iap"].member, anyone = "allUsers" })
  invoked = merge([for name, callers in local.invokers : {
    for caller in callers : "${caller} ${name}" => { name = name, caller = caller }
  }]...)

  bucket_names = merge(
    { for key, bucket in google_storage_bucket.bucket : key => bucket.name },
    { for key, folder in local.folders : key => google_storage_bucket.bucket[folder.bucket].name },
    { sources = google_storage_bucket.sources.name },
  )
  account_targets = { tasks_account = "tasks", head_job_account = "head_job", task_job_account = "task_job" }
}

resource "google_service_account" "account" {
  for_each = local.accounts

  account_id   = "sluice-${replace(each.key, "_", "-")}"
  display_name = each.value
  depends_on   = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if contains(concat(["sources"], keys(local.buckets), keys(local.folders)), grant.target) }

  bucket = local.bucket_names[each.value.target]
  role   = each.value.role
  member = local.members[each.value.account]

  dynamic "condition" {
    for_each = try([local.folders[each.value.target]], [])
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }

  depends_on = [google_project_iam_custom_role.list_names]
}

resource "google_storage_bucket_iam_member" "data" {
  for_each = { for pair in setproduct([for grant in values(local.granted) : grant if grant.target == "data_buckets"], var.data_buckets) :
    "${pair[0].account} ${pair[1]}" => { grant = pair[0], bucket = pair[1] }
  }

  bucket = each.value.bucket
  role   = each.value.grant.role
  member = local.members[each.value.grant.account]
}

resource "google_cloud_tasks_queue_iam_member" "grant" {
  for_each = merge([
    for name in [google_cloud_tasks_queue.work.name, google_cloud_tasks_queue.archive.name] : {
      for key, grant in local.granted : "${key} ${name}" => { grant = grant, queue = name } if grant.target == "queue"
    }
  ]...)

  name     = each.value.queue
  location = var.region
  role     = each.value.grant.role
  member   = local.members[each.value.grant.account]
}

resource "google_service_account_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if contains(concat(["itself"], keys(local.account_targets)), grant.target) }

  service_account_id = google_service_account.account[lookup(local.account_targets, each.value.target, each.value.account)].name
  role               = each.value.role
  member             = local.members[each.value.account]
}

resource "google_secret_manager_secret_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if contains(keys(local.secrets_in_use), grant.target) }

  secret_id = google_secret_manager_secret.secret[each.value.target].secret_id
  role      = each.value.role
  member    = local.members[each.value.account]
}

resource "google_artifact_registry_repository_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if grant.target == "images" }

  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = each.value.role
  member     = local.members[each.value.account]
}

resource "google_project_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if grant.target == "project" }

  project = var.project_id
  role    = each.value.role
  member  = local.members[each.value.account]
}

# Cloud SQL roles can only be granted on the project, but a condition can name the instance.
resource "google_project_iam_member" "database" {
  for_each = { for key, grant in local.granted : key => grant if grant.target == "database" }

  project = var.project_id
  role    = each.value.role
  member  = local.members[each.value.account]

  condition {
    title      = "this database only"
    expression = "resource.name == 'projects/${var.project_id}/instances/${google_sql_database_instance.this.name}' && resource.service == 'sqladmin.googleapis.com'"
  }
}

resource "google_project_iam_member" "reader" {
  for_each = { for pair in setproduct(var.database_readers, ["roles/cloudsql.instanceUser", "roles/cloudsql.studioUser", "roles/cloudsql.viewer"]) :
    "${pair[0]} ${pair[1]}" => { email = pair[0], role = pair[1] }
  }

  project = var.project_id
  role    = each.value.role
  member  = "user:${each.value.email}"
}

# Cloud Functions copies each zip into a bucket that it creates itself, and builds from there.
resource "google_project_iam_member" "build_sources" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = local.members.build

  condition {
    title      = "copies of function sources only"
    expression = "resource.name.startsWith('projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-')"
  }
}

# Google's service agents: Cloud Storage publishes object events to Pub/Sub, and Eventarc manages the trigger.
resource "google_project_iam_member" "agent" {
  #checkov:skip=CKV_GCP_49:service agent roles are intended for that agent on the project
  for_each = {
    "roles/pubsub.publisher"      = data.google_storage_project_service_account.this.member
    "roles/eventarc.serviceAgent" = google_project_service_identity.agent["eventarc"].member
  }

  project = var.project_id
  role    = each.key
  member  = each.value
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.invoked

  name     = google_cloudfunctions2_function.function[each.value.name].name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.callers[each.value.caller]
}

locals {
  iap_members = setunion(
    length(var.iap_members) > 0 ? var.iap_members : toset(["domain:${var.hosted_domain}"]),
    [for account in var.service_accounts : "serviceAccount:${account}"],
  )
}

resource "google_iap_web_backend_service_iam_member" "user" {
  for_each = { for pair in setproduct(keys(local.backends), local.iap_members) :
    "${pair[1]} ${pair[0]}" => { backend = pair[0], member = pair[1] }
  }

  web_backend_service = google_compute_backend_service.backend[each.value.backend].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.value.member
}
