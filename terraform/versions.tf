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

  # `terraform init` gets the name of the bucket; docs/deploy.md says how to create it.
  backend "gcs" {
    prefix = "sluice"
  }
}

provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true # budgets and identities need a project to bill the call to
  default_labels        = local.labels
}

# API Gateway and service identities are only in the beta provider.
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
