# The routes of API Gateway. `make openapi` writes them from the functions' endpoints (all public ones except the
# streams), with ${…} in place of the functions' hosts.
locals {
  gateway_document = templatefile("${path.module}/gateway.openapi.json", { urls = local.urls })
}

resource "google_api_gateway_api" "this" {
  provider   = google-beta
  api_id     = "sluice"
  depends_on = [google_project_service.api]
}

resource "google_api_gateway_api_config" "this" {
  provider      = google-beta
  api           = google_api_gateway_api.this.api_id
  api_config_id = "sluice-${substr(sha256(local.gateway_document), 0, 12)}" # configs are immutable

  openapi_documents {
    document {
      path     = "gateway.openapi.json"
      contents = base64encode(local.gateway_document)
    }
  }

  gateway_config {
    backend_config {
      google_service_account = google_service_account.account["gateway"].email
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# The gateway's own URL bypasses IAP and cannot be closed, so every function verifies the IAP token itself.
resource "google_api_gateway_gateway" "this" {
  provider   = google-beta
  gateway_id = "sluice"
  region     = var.region
  api_config = google_api_gateway_api_config.this.id
}
