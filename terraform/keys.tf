# An optional key of the operator's (CMEK) for buckets, database and images. The service agents encrypt with it, so they
# need the role below on the key, which may be in another project.
variable "kms_key" {
  description = "The Cloud KMS key that encrypts buckets, database and images, in the same region; null for Google's keys. For a new deployment: the database cannot change its key."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be projects/…/locations/…/keyRings/…/cryptoKeys/…, without a version."
  }
}

locals {
  key_users = var.kms_key == null ? {} : {
    storage  = data.google_storage_project_service_account.this.member
    database = google_project_service_identity.key_user["sqladmin"].member
    images   = google_project_service_identity.key_user["artifactregistry"].member
  }
}

resource "google_project_service_identity" "key_user" {
  provider = google-beta
  for_each = toset(var.kms_key == null ? [] : ["artifactregistry", "sqladmin"])

  service    = "${each.value}.googleapis.com"
  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = local.key_users

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
