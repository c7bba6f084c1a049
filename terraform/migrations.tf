# The migration job. `make deploy` builds its image, creates it and runs it before it deploys the functions that need the
# new schema.
variable "migrations_image" {
  description = "The image of the job; `make deploy` builds it and tags it with a hash of its sources."
  type        = string
}

resource "google_cloud_run_v2_job" "migrate" {
  name                = "sluice-migrate"
  location            = var.region
  deletion_protection = false # it has no state

  template {
    task_count = 1

    template {
      service_account = google_service_account.account["migrate"].email
      max_retries     = 0 # a failed migration needs an operator
      timeout         = "3600s"

      containers {
        image = var.migrations_image
        args  = ["pre"] # tools/deploy.sh also runs it with `post`

        env {
          name  = "CLOUD_SQL_INSTANCE"
          value = google_sql_database_instance.this.connection_name
        }
        env {
          name  = "DATABASE_NAME"
          value = google_sql_database.this.name
        }
        env {
          name  = "DATABASE_USER"
          value = google_sql_user.user["migrate"].name
        }
        env {
          name  = "DATABASE_CALLERS"
          value = join(",", [for account, user in google_sql_user.user : user.name if account != "migrate"])
        }
        env {
          name  = "DATABASE_READERS"
          value = join(",", [for user in google_sql_user.reader : user.name])
        }

        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
      }

      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = google_compute_network.this.id
          subnetwork = google_compute_subnetwork.this.id
        }
      }
    }
  }

  depends_on = [google_project_iam_member.database, google_project_iam_member.grant]
}
