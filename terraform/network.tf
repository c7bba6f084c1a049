# One network for the database, the functions that use it, and the machines of Batch.
resource "google_compute_network" "this" {
  #checkov:skip=CKV2_GCP_18:without rules all ingress is denied, and nothing here listens
  name                    = "sluice"
  auto_create_subnetworks = false
  depends_on              = [google_project_service.api]
}

resource "google_compute_subnetwork" "this" {
  name                     = "sluice"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = "10.20.0.0/18" # 16,000 machines and instances
  private_ip_google_access = true           # reaches Google's services without the internet

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.05
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

# Batch's machines have no public address and download containers and plugins through this NAT. benchling uses it too,
# because the warehouse only allows known addresses and this one is fixed.
resource "google_compute_address" "egress" {
  name       = "sluice-egress"
  region     = var.region
  depends_on = [google_project_service.api]
}

resource "google_compute_router" "this" {
  name    = "sluice"
  region  = var.region
  network = google_compute_network.this.id
}

resource "google_compute_router_nat" "this" {
  name                                = "sluice"
  router                              = google_compute_router.this.name
  region                              = var.region
  nat_ip_allocate_option              = "MANUAL_ONLY"
  nat_ips                             = [google_compute_address.egress.self_link]
  source_subnetwork_ip_ranges_to_nat  = "ALL_SUBNETWORKS_ALL_IP_RANGES"
  enable_dynamic_port_allocation      = true # one address has 64,000 ports, for many machines or few with many connections
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 2048

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_compute_global_address" "services" {
  name          = "sluice-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.this.id
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}
