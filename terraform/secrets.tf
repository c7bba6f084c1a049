# Terraform creates the secret; its value is added by hand (docs/deploy.md), so that it is in no state or plan.
locals {
  secrets = {
    benchling_url = "The address of the Benchling warehouse, with user and password"
    github_token  = "A token for GitHub that may only read public repositories"
    smtp_password = "The password of Sluice at the mail server"
  }
  # A secret without a value would stop the deployment, so an optional one exists only if it is wanted.
  secrets_wanted = { github_token = var.use_github_token, smtp_password = var.smtp.user != "" }
  secrets_in_use = { for name, about in local.secrets : name => about if lookup(local.secrets_wanted, name, true) }
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets_in_use

  secret_id   = replace(each.key, "_", "-")
  annotations = { about = each.value }
  # An optional one is deleted when it is no longer wanted; a protected one would stop that deployment.
  deletion_protection = var.deletion_protection && !contains(keys(local.secrets_wanted), each.key)

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.api]
}
