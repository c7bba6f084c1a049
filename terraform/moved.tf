# What got another name after a release. Terraform renames it in the state. Otherwise it would make it again beside the
# old one, whose name in Google Cloud is taken until the backend service lets go of it.
moved {
  from = google_compute_region_network_endpoint_group.events
  to   = google_compute_region_network_endpoint_group.function["events"]
}

moved {
  from = google_monitoring_alert_policy.said
  to   = google_monitoring_alert_policy.log_entry
}
