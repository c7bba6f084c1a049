variable "project_id" {
  description = "The Google Cloud project, which contains one environment of Sluice and nothing else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the id of the project, such as lab-sluice-dev, not its name or number."
  }
}

variable "environment" {
  description = "The name of this environment, used as a label on all resources."
  type        = string

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment must be dev or prod."
  }
}

variable "region" {
  description = "The region of all resources; an Eventarc trigger must be in the region of its bucket."
  type        = string
  default     = "europe-west1"

  # The regions of API Gateway, which has the fewest of all services that Sluice uses (its documentation, "Regions").
  validation {
    condition = contains([
      "asia-northeast1", "australia-southeast1", "europe-west1", "europe-west2", "us-central1", "us-east1", "us-east4",
      "us-west2", "us-west3", "us-west4",
    ], var.region)
    error_message = "region must have API Gateway, such as europe-west1, europe-west2 or us-central1; variables.tf lists all."
  }
}

variable "domain" {
  description = "The host name of Sluice; its A record points to the output address."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a host name such as sluice.lab.example."
  }
}

variable "hosted_domain" {
  description = "The Google Workspace domain whose users may sign in."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.hosted_domain))
    error_message = "hosted_domain must be a domain such as lab.example."
  }
}

variable "iap_members" {
  description = "Who may pass Identity-Aware Proxy; empty means all users of hosted_domain."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.iap_members : can(regex("^(user|group|domain):.+", member))])
    error_message = "iap_members must be user:…, group:… or domain:…; others cannot sign in."
  }
}

variable "programs_client_id" {
  description = "The OAuth client (desktop app) with which people's programs sign in; empty means that they cannot."
  type        = string
  default     = ""

  validation {
    condition     = var.programs_client_id == "" || endswith(var.programs_client_id, ".apps.googleusercontent.com")
    error_message = "programs_client_id must end with .apps.googleusercontent.com."
  }
}

variable "programs_client_secret" {
  description = "The secret of programs_client_id. It is published: that of a desktop app protects nothing."
  type        = string
  default     = ""

  validation {
    condition     = (var.programs_client_secret == "") == (var.programs_client_id == "")
    error_message = "programs_client_secret and programs_client_id belong together: set both or none."
  }
}

variable "service_accounts" {
  description = "Programs that may use Sluice: addresses of service accounts. They pass Identity-Aware Proxy and own the runs that they submit."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.service_accounts : can(regex("^[a-z0-9-]+@([a-z0-9-]+\\.)+gserviceaccount\\.com$", account))])
    error_message = "service_accounts must be addresses such as robot@project.iam.gserviceaccount.com, in lower case."
  }
}

variable "admin_emails" {
  description = "Administrators, who may see and cancel all runs."
  type        = set(string)

  validation {
    condition     = alltrue([for email in var.admin_emails : can(regex("^[^@,\\s]+@[^@,\\s]+$", email))])
    error_message = "admin_emails must be addresses such as ana@lab.example."
  }
}

variable "alert_emails" {
  description = "Who receives alerts by email."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "alert_emails must not be empty, or alerts would reach nobody."
  }
}

variable "data_buckets" {
  description = "Buckets of the lab with the files that samplesheets name; Sluice and its pipelines may read them."
  type        = set(string)
  default     = []
}

variable "instances" {
  description = "Instance limits that override those in functions.tf, by function, such as { runs = { min = 1 } }."
  type        = map(object({ min = optional(number), max = optional(number) }))
  default     = {}

  validation {
    condition     = alltrue([for limit in values(var.instances) : coalesce(limit.max, 1) >= 1])
    error_message = "max in instances must be at least 1."
  }
}

variable "runs_per_minute" {
  description = "The number of runs that one user may submit per minute."
  type        = number
  default     = 10

  validation {
    condition     = var.runs_per_minute >= 1 && floor(var.runs_per_minute) == var.runs_per_minute
    error_message = "runs_per_minute must be a whole number of at least 1."
  }
}

variable "requests_per_minute_per_address" {
  description = "The number of requests per minute from one address, such as that of an office; more are answered 429."
  type        = number
  default     = 6000

  validation {
    condition     = var.requests_per_minute_per_address >= 100 && var.requests_per_minute_per_address <= 1000000
    error_message = "requests_per_minute_per_address must be from 100 to 1000000; a page that follows a run sends some in a minute."
  }
}

variable "user_limits" {
  description = "The limits for each user. live_runs and task_outputs_per_minute hold over all instances, the others for each instance."
  type = object({
    live_runs               = optional(number, 50)
    task_outputs_per_minute = optional(number, 60)
    searches_per_minute     = optional(number, 120)
    checks_per_minute       = optional(number, 60)
    streams                 = optional(number, 30)
    task_streams            = optional(number, 10)
  })
  default = {}

  validation {
    condition     = alltrue([for limit in values(var.user_limits) : limit >= 1 && floor(limit) == limit])
    error_message = "Each of user_limits must be a whole number of at least 1."
  }
}

variable "log_months" {
  description = "For how many months log entries are kept in the database. Older ones are read again from the logs bucket when somebody asks for them."
  type        = number
  default     = 6

  validation {
    condition     = var.log_months >= 1 && floor(var.log_months) == var.log_months
    error_message = "log_months must be a whole number of at least 1."
  }
}

variable "benchling_mapping" {
  description = "JSON with the laboratory's names of tables and columns in the warehouse; empty for the default names."
  type        = string
  default     = ""

  validation {
    condition     = var.benchling_mapping == "" || can(jsondecode(var.benchling_mapping))
    error_message = "benchling_mapping must be JSON or empty."
  }
}

variable "head_job_image" {
  description = "The container image in which Nextflow runs; `make deploy` builds it (headjob/Dockerfile) and gives its digest, unless the values name another."
  type        = string

  validation {
    condition     = can(regex("(@sha256:[0-9a-f]{64}|:[^:/@]+)$", var.head_job_image)) && !endswith(var.head_job_image, ":latest")
    error_message = "head_job_image needs a digest, or a tag other than latest: a resumed run must use the Nextflow version it began with."
  }
}

variable "smtp" {
  description = "The mail server of notifications; without a host no mail is sent. With a user, its password is in the secret smtp-password."
  type = object({
    host = optional(string, "")
    port = optional(number, 587)
    user = optional(string, "")
    from = optional(string, "")
  })
  default = {}

  validation {
    condition     = var.smtp.host == "" || can(regex("^([^<>,@]+ <[^<>,@ ]+@[^<>,@ ]+>|[^<>,@ ]+@[^<>,@ ]+)$", var.smtp.from))
    error_message = "smtp.from must be one address such as Sluice <sluice@lab.example>, without commas."
  }
  validation {
    condition     = var.smtp.port != 25
    error_message = "smtp.port cannot be 25, which Google Cloud blocks; mail servers take mails of programs on 587."
  }
}

variable "use_github_token" {
  description = "Whether head jobs get the token in the secret github-token, to clone pipelines that their image does not bring (docs/deploy.md)."
  type        = bool
  default     = false
}

variable "head_job_machine_type" {
  description = "The machine type of head jobs, which run Nextflow."
  type        = string
  default     = "e2-standard-2"
}

variable "eventarc_audience" {
  description = "The audience of Eventarc's tokens, if it is not the URL of bucket_watcher (docs/deploy.md, step 8)."
  type        = string
  default     = null
}

variable "database_instance" {
  description = "The name of the Cloud SQL instance; changes after a restore (docs/operate.md)."
  type        = string
  default     = "sluice"
}

variable "database_tier" {
  description = "The machine type of Cloud SQL."
  type        = string
  default     = "db-custom-1-3840"
}

variable "database_max_connections" {
  description = "The maximum number of Postgres connections; it must cover the sum in database.tf."
  type        = number

  validation {
    condition     = var.database_max_connections >= 50 && var.database_max_connections <= 1000
    error_message = "database_max_connections must be from 50 to 1000; each connection takes 10 to 20 MB."
  }
}

variable "database_readers" {
  description = "Operators who may read the database (docs/operate.md), by email address."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.database_readers : can(regex("^[a-z0-9._+-]+@[a-z0-9.-]+$", email))])
    error_message = "database_readers must be lower-case addresses such as ana@lab.example."
  }
}

variable "database_is_regional" {
  description = "Whether the database has a standby in a second zone, which doubles its price."
  type        = bool
  default     = false
}

variable "database_backups" {
  description = "The number of daily backups, and of days within which any moment can be restored."
  type        = object({ kept = number, log_days = number })
  default     = { kept = 7, log_days = 7 }

  validation {
    condition     = var.database_backups.log_days >= 1 && var.database_backups.log_days <= 7
    error_message = "log_days must be from 1 to 7, the limit of the edition ENTERPRISE."
  }
}

variable "deletion_protection" {
  description = "Whether database and buckets are protected from deletion; switched off only to destroy a deployment."
  type        = bool
  default     = true
}

variable "billing_account" {
  description = "The billing account of the budget; null for no budget."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "The monthly amount at which mails are sent, in the account's currency."
  type        = object({ amount = number, currency = string })
  default     = { amount = 500, currency = "EUR" }

  validation {
    condition     = var.monthly_budget.amount > 0
    error_message = "monthly_budget.amount must be more than 0."
  }
}
