variable "project_id" {
  description = "The Google Cloud project, which holds one environment of Sluice and nothing else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is the project's id (such as lab-sluice-dev), not its name or number."
  }
}

variable "environment" {
  description = "The name of this environment; a label on everything."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment is dev or prod."
  }
}

variable "region" {
  description = "Where everything is. One region: an Eventarc trigger must be where its bucket is."
  type        = string
  default     = "europe-west1"

  # Of all that Sluice uses, API Gateway is in the fewest places (its documentation, "Regions").
  validation {
    condition = contains([
      "asia-northeast1", "australia-southeast1", "europe-west1", "europe-west2", "us-central1", "us-east1", "us-east4",
      "us-west2", "us-west3", "us-west4",
    ], var.region)
    error_message = "region is one in which there is an API Gateway, such as europe-west1, europe-west2 or us-central1; see variables.tf for all."
  }
}

variable "domain" {
  description = "The host name under which people reach Sluice; its A record points to the output address."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a host name such as sluice.lab.example."
  }
}

variable "hosted_domain" {
  description = "The Google Workspace domain whose people may sign in."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.hosted_domain))
    error_message = "hosted_domain is a domain such as lab.example."
  }
}

variable "iap_members" {
  description = "Who gets through Identity-Aware Proxy; empty means everybody of hosted_domain."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.iap_members : can(regex("^(user|group|domain):.+", member))])
    error_message = "iap_members are user:…, group:… or domain:…; nobody else can sign in."
  }
}

variable "admin_emails" {
  description = "Who may see and stop everybody's runs."
  type        = set(string)

  validation {
    condition     = alltrue([for email in var.admin_emails : can(regex("^[^@,\\s]+@[^@,\\s]+$", email))])
    error_message = "admin_emails are addresses such as ana@lab.example."
  }
}

variable "alert_emails" {
  description = "Who is told when something is stuck."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "alert_emails is empty: nobody would hear of a stuck queue."
  }
}

variable "data_buckets" {
  description = "Buckets of the lab's own, with the files that samplesheets name; Sluice and its pipelines may read them."
  type        = set(string)
  default     = []
}

variable "instances" {
  description = "Other limits than the table's, by function, such as { runs = { min = 1 } }."
  type        = map(object({ min = optional(number), max = optional(number) }))
  default     = {}

  validation {
    condition     = alltrue([for limit in values(var.instances) : coalesce(limit.max, 1) >= 1])
    error_message = "A function needs at least one instance."
  }
}

variable "runs_per_minute" {
  description = "How many runs one person may submit in a minute."
  type        = number
  default     = 10

  validation {
    condition     = var.runs_per_minute >= 1 && floor(var.runs_per_minute) == var.runs_per_minute
    error_message = "runs_per_minute is a whole number from 1 on."
  }
}

variable "benchling_mapping" {
  description = "JSON that says what this laboratory calls the warehouse's tables; empty for the names that Sluice knows."
  type        = string
  default     = ""

  validation {
    condition     = var.benchling_mapping == "" || can(jsondecode(var.benchling_mapping))
    error_message = "benchling_mapping is JSON, or empty."
  }
}

variable "head_job_image" {
  description = "The container in which Nextflow runs."
  type        = string
  default     = "nextflow/nextflow:25.10.4"

  validation {
    condition     = can(regex(":[^:/]+$", var.head_job_image)) && !endswith(var.head_job_image, ":latest")
    error_message = "head_job_image needs a tag other than latest: a resumed run must meet the Nextflow that it began with."
  }
}

variable "head_job_machine_type" {
  description = "The machine that Nextflow itself runs on."
  type        = string
  default     = "e2-standard-2"
}

variable "eventarc_audience" {
  description = "The audience of Eventarc's tokens, where it is not the address of bucket_watcher (docs/deploy.md, step 7)."
  type        = string
  default     = null
}

variable "database_instance" {
  description = "The name of the Cloud SQL instance; another one after a restore (docs/operate.md)."
  type        = string
  default     = "sluice"
}

variable "database_tier" {
  description = "The machine of Cloud SQL."
  type        = string
  default     = "db-custom-1-3840"
}

variable "database_max_connections" {
  description = "How many connections Postgres takes; the sum in database.tf has to fit."
  type        = number

  validation {
    condition     = var.database_max_connections >= 50 && var.database_max_connections <= 1000
    error_message = "database_max_connections is from 50 to 1000; each takes about 10 MB."
  }
}

variable "database_readers" {
  description = "Who of the operators may look into the database (docs/operate.md), by mail address; they change nothing."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.database_readers : can(regex("^[a-z0-9._+-]+@[a-z0-9.-]+$", email))])
    error_message = "database_readers are addresses in lower case, such as ana@lab.example."
  }
}

variable "database_is_regional" {
  description = "Whether a second zone stands by; doubles the price of the database."
  type        = bool
  default     = false
}

variable "database_backups" {
  description = "How many daily backups are kept, and from how many days back any moment can be restored."
  type        = object({ kept = number, log_days = number })
  default     = { kept = 7, log_days = 7 }

  validation {
    condition     = var.database_backups.log_days >= 1 && var.database_backups.log_days <= 7
    error_message = "The edition ENTERPRISE keeps 1 to 7 days of transaction logs."
  }
}

variable "deletion_protection" {
  description = "Whether database and buckets refuse to be destroyed; switched off only to take a deployment down."
  type        = bool
  default     = true
}

variable "billing_account" {
  description = "The billing account that the budget watches; null for no budget."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "What a month may cost before mails are sent, in the account's currency."
  type        = object({ amount = number, currency = string })
  default     = { amount = 500, currency = "EUR" }

  validation {
    condition     = var.monthly_budget.amount > 0
    error_message = "monthly_budget.amount is more than 0."
  }
}
