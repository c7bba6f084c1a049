# Terraform creates the secret; its value is added by hand (docs/deploy.md), so that it is in no state or plan.
locals {
  secrets = {
    benchling_url = "The address of the Benchling warehouse, with user and password"
  }
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets

  secret_id           = replace(each.key, "_", "-")
  annotations         = { about = each.value }
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.api]
}
