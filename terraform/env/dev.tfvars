project_id    = "lab-sluice-dev"
environment   = "dev"
domain        = "sluice-dev.lab.example"
hosted_domain = "lab.example"
admin_emails  = ["admin@lab.example"]
alert_emails  = ["admin@lab.example"]

# Cold starts are acceptable, and one zone is enough.
database_tier            = "db-custom-1-3840"
database_max_connections = 100
instances = {
  runs           = { max = 2 }
  logs           = { max = 2 }
  events         = { max = 1 }
  users          = { max = 1 }
  insight        = { max = 1 }
  queue_worker   = { max = 2 }
  bucket_watcher = { max = 2 }
}

monthly_budget = { amount = 150, currency = "EUR" }
