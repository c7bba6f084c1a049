output "address" {
  description = "The address for the A record of the domain."
  value       = google_compute_global_address.this.address
}

output "url" {
  description = "The URL of Sluice."
  value       = "https://${var.domain}"
}

output "gateway_audience" {
  description = "The audience of IAP's tokens for the gateway, for tools/deploy.sh."
  value       = local.audiences.gateway
}

output "egress_address" {
  description = "The address that the Benchling warehouse must allow."
  value       = google_compute_address.egress.address
}

output "buckets" {
  description = "The three buckets."
  value       = { for key, bucket in google_storage_bucket.bucket : key => bucket.name }
}

output "database" {
  description = "The connection name of the Cloud SQL instance."
  value       = google_sql_database_instance.this.connection_name
}

output "functions" {
  description = "The URL of each function. All of them require an identity."
  value       = local.urls
}

output "job_accounts" {
  description = "The service accounts of pipelines; both need access to buckets of the lab that are not in data_buckets."
  value       = { for name in ["head_job", "task_job"] : name => google_service_account.account[name].email }
}
