resource "google_project_service" "api" {
  for_each = toset(concat(var.kms_key == null ? [] : ["cloudkms"], [
    "apigateway", "artifactregistry", "batch", "billingbudgets", "cloudbilling", "cloudbuild", "cloudfunctions",
    "cloudresourcemanager", "cloudscheduler", "cloudtasks", "compute", "eventarc", "iam", "iamcredentials", "iap",
    "logging", "monitoring", "pubsub", "run", "secretmanager", "servicecontrol", "servicemanagement",
    "servicenetworking", "serviceusage", "sqladmin", "storage",
  ]))

  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false # something else in the project may use it
}

# The default accounts of Compute Engine and App Engine get the role Editor in a new project. Nothing here runs as them,
# but a machine that is created without an account would.
resource "google_project_default_service_accounts" "this" {
  project        = var.project_id
  action         = "DEPRIVILEGE"
  restore_policy = "REVERT_AND_IGNORE_FAILURE"
  depends_on     = [google_project_service.api]
}

# Google's service agents. Google creates most of them only when they are first needed, too late for our grants.
resource "google_project_service_identity" "agent" {
  provider = google-beta
  for_each = toset(["eventarc", "iap"])

  service    = "${each.value}.googleapis.com"
  depends_on = [google_project_service.api]
}

data "google_storage_project_service_account" "this" {
  depends_on = [google_project_service.api]
}
