# What the machines of Batch may reach: the web, for containers, plugins and data, and Google's services, which are on
# public addresses too. Not the private network: the database, and the machines of other runs. Rules of a network apply
# to its machines by their service account. DNS and the metadata server are always reachable (VPC firewall rules, "Traffic
# that is always allowed").
# A pipeline that loads data by FTP or Aspera needs its ports in `egress_of_jobs`.
locals {
  job_accounts = [for name in ["head_job", "task_job"] : google_service_account.account[name].email]

  private_ranges = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", # RFC 1918
    "100.64.0.0/10",                                 # carrier NAT
    "169.254.0.0/16",                                # link-local
  ]

  # In this order; the first rule that matches decides.
  egress_of_jobs = {
    private = { priority = 900, ranges = local.private_ranges, allowed_tcp = [] }
    web     = { priority = 1000, ranges = ["0.0.0.0/0"], allowed_tcp = ["80", "443"] }
    rest    = { priority = 1100, ranges = ["0.0.0.0/0"], allowed_tcp = [] }
  }
}

resource "google_compute_firewall" "egress_of_jobs" {
  for_each = local.egress_of_jobs

  name                    = "sluice-jobs-${each.key}"
  network                 = google_compute_network.this.id
  direction               = "EGRESS"
  priority                = each.value.priority
  destination_ranges      = each.value.ranges
  target_service_accounts = local.job_accounts

  dynamic "allow" {
    for_each = length(each.value.allowed_tcp) > 0 ? [1] : []
    content {
      protocol = "tcp"
      ports    = each.value.allowed_tcp
    }
  }

  dynamic "deny" {
    for_each = length(each.value.allowed_tcp) > 0 ? [] : [1]
    content {
      protocol = "all"
    }
  }

  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}
