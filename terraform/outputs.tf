output "address" {
  description = "Where the A record of the domain has to point."
  value       = google_compute_global_address.this.address
}

output "url" {
  description = "Where people find Sluice."
  value       = "https://${var.domain}"
}

output "egress_address" {
  description = "Whom the Benchling warehouse has to let in."
  value       = google_compute_address.egress.address
}

output "buckets" {
  description = "The three buckets."
  value       = { for key, bucket in google_storage_bucket.bucket : key => bucket.name }
}

output "database" {
  description = "The Cloud SQL instance, as its connectors name it."
  value       = google_sql_database_instance.this.connection_name
}

output "functions" {
  description = "The address of each function. Without an identity none of them answers."
  value       = local.urls
}

output "head_job_account" {
  description = "Whom pipelines run as; a bucket of the lab's own that is not in data_buckets has to let it in."
  value       = google_service_account.account["head_job"].email
}
