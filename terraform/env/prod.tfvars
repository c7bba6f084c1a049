project_id    = "lab-sluice-prod"
environment   = "prod"
domain        = "sluice.lab.example"
hosted_domain = "lab.example"
admin_emails  = ["admin@lab.example"]
alert_emails  = ["admin@lab.example"]

database_tier            = "db-custom-2-7680"
database_max_connections = 360
database_is_regional     = true
database_backups         = { kept = 30, log_days = 7 }

# No cold starts for the pages that users open first.
instances = {
  runs   = { min = 1 }
  events = { min = 1 }
}

monthly_budget = { amount = 1500, currency = "EUR" }
