locals {
  # One backend service with IAP for API Gateway, one for the streams, which API Gateway does not support, and one for the
  # page, whose addresses API Gateway does not know. (IAP protects no backend bucket, so a function serves the page.)
  backends = {
    gateway = google_compute_region_network_endpoint_group.gateway.id
    events  = google_compute_region_network_endpoint_group.function["events"].id
    console = google_compute_region_network_endpoint_group.function["console"].id
  }
  # Functions send these too; here they reach the answers of IAP and API Gateway as well.
  response_headers = [
    "Strict-Transport-Security: max-age=31536000",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: same-origin",
  ]
  # How programs sign in: the only path without IAP. The function console answers no other without an identity.
  public_path = "/.well-known/sluice.json"
  services    = merge({ for name, backend in google_compute_backend_service.backend : name => backend.id }, { public = google_compute_backend_service.public.id })
  # The streaming paths; a star is one segment.
  streaming_paths = [
    "/api/runs/*/events",
    "/api/runs/*/logs/stream",
    "/api/runs/*/tasks/*/logs/stream",
  ]
  # The other paths of the API and its description; two stars are any number of segments.
  gateway_paths = ["/api/**", "/docs", "/docs/*", "/openapi.json"]
  # Every other path is the page's. The first match wins.
  routes = concat(
    [{ path = local.public_path, backend = "public" }],
    [for path in local.streaming_paths : { path = path, backend = "events" }],
    [for path in local.gateway_paths : { path = path, backend = "gateway" }],
  )
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  provider              = google-beta
  name                  = "sluice-gateway"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  serverless_deployment {
    platform = "apigateway.googleapis.com"
    resource = google_api_gateway_gateway.this.gateway_id
  }
}

# By name, not by reference: the function's settings need the number of the backend service, so it is created later.
resource "google_compute_region_network_endpoint_group" "function" {
  for_each = toset(local.balanced_functions)

  name                  = "sluice-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = local.names[each.key]
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_backend_service" "backend" {
  for_each = local.backends

  name                  = "sluice-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.this.id

  backend {
    group = each.value
  }

  # Google creates the OAuth client.
  iap {
    enabled = true
  }

  custom_response_headers = local.response_headers

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_backend_service" "public" {
  name                  = "sluice-public"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.this.id

  backend {
    group = local.backends.console
  }

  custom_response_headers = local.response_headers

  log_config {
    enable      = true
    sample_rate = 1
  }
}

# With the client that Google creates, IAP takes tokens of no other client unless it is listed here.
resource "google_iap_settings" "programs" {
  for_each = var.programs_client_id == "" ? {} : local.backends

  name = "projects/${data.google_project.this.number}/iap_web/compute/services/${google_compute_backend_service.backend[each.key].name}"

  access_settings {
    oauth_settings {
      programmatic_clients = [var.programs_client_id]
    }
  }
}

resource "google_compute_url_map" "https" {
  name            = "sluice"
  default_service = google_compute_backend_service.backend["gateway"].id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "sluice"
  }

  path_matcher {
    name            = "sluice"
    default_service = google_compute_backend_service.backend["console"].id

    dynamic "route_rules" {
      for_each = local.routes
      content {
        priority = route_rules.key + 1
        service  = local.services[route_rules.value.backend]

        match_rules {
          path_template_match = route_rules.value.path
        }
      }
    }
  }
}

resource "google_compute_url_map" "redirect" {
  name = "sluice-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

resource "google_compute_managed_ssl_certificate" "this" {
  name = "sluice-${substr(sha256(var.domain), 0, 8)}" # a new domain needs a new certificate

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_ssl_policy" "this" {
  name            = "sluice"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "this" {
  name             = "sluice"
  url_map          = google_compute_url_map.https.id
  ssl_certificates = [google_compute_managed_ssl_certificate.this.id]
  ssl_policy       = google_compute_ssl_policy.this.id
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "sluice-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_address" "this" {
  name       = "sluice"
  depends_on = [google_project_service.api]
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "sluice"
  target                = google_compute_target_https_proxy.this.id
  ip_address            = google_compute_global_address.this.id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "sluice-redirect"
  target                = google_compute_target_http_proxy.redirect.id
  ip_address            = google_compute_global_address.this.id
  port_range            = "80"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
