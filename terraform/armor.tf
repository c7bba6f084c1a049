# Limits requests per address at the load balancer, before IAP asks who sends them (Cloud Armor's documentation,
# "Integrating with other Google products": IAP's check comes after Cloud Armor's). A laboratory often has one address for
# all its users, so the limit is for an office and not for a person; the functions limit each user.
# API Gateway has no such limit: its quotas count by API key, which browsers do not send.
resource "google_compute_security_policy" "this" {
  #checkov:skip=CKV_GCP_73:no Java receives requests; text that looks like an attack on Log4j may stand in a samplesheet
  name        = "sluice"
  description = "Limits requests per address"

  rule {
    priority    = 1000
    action      = "throttle"
    description = "Requests per address and minute"

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute_per_address
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647 # the default rule, which every policy must have
    action      = "allow"
    description = "Everything else"

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.api]
}
