terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 7.0, < 9.0"
    }
  }

  # The bucket is named at `terraform init`; docs/deploy.md says how it is made.
  backend "gcs" {
    prefix = "sluice"
  }
}

provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true # budgets and identities ask for a project that pays for the call
  default_labels        = local.labels
}

# API Gateway and service identities are still beta-only.
provider "google-beta" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = local.labels
}

locals {
  labels = { app = "sluice", environment = var.environment }
}

data "google_project" "this" {
  project_id = var.project_id
}
