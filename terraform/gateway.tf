# The routes of API Gateway. `make openapi` writes them from the functions' endpoints (all public ones except the
# streams), with ${…} in place of the functions' hosts.
#
# The gateway checks IAP's token, whose audience is the number of the load balancer's backend service. That one needs the
# gateway to exist, so the first deployment creates a gateway without the check, and tools/deploy.sh adds it at its end.
variable "gateway_audience" {
  description = "The audience of IAP's tokens for the gateway; `make deploy` sets it, from the output of the same name."
  type        = string
  default     = ""
}

locals {
  gateway_parts = jsondecode(templatefile("${path.module}/gateway.openapi.json", {
    urls         = local.urls
    iap_audience = var.gateway_audience
  }))
  gateway_document = jsonencode({ for name, part in local.gateway_parts : name => part
    if var.gateway_audience != "" || !contains(["security", "securityDefinitions"], name)
  })
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

# The gateway's own URL bypasses IAP and Cloud Armor and cannot be closed. So the gateway checks IAP's token, and every
# function checks it again: only the functions compare the domain and the access level.
resource "google_api_gateway_gateway" "this" {
  provider   = google-beta
  gateway_id = "sluice"
  region     = var.region
  api_config = google_api_gateway_api_config.this.id
}
