"""Where the package defines each Terraform resource: `file:Class`, or `file:function` for a data source."""

from collections.abc import Mapping
from typing import Final

RESOURCES: Final[Mapping[str, str]] = {
    "google_api_gateway_api": "apigateway/api:Api",
    "google_api_gateway_api_config": "apigateway/api_config:ApiConfig",
    "google_api_gateway_gateway": "apigateway/gateway:Gateway",
    "google_artifact_registry_repository": "artifactregistry/repository:Repository",
    "google_artifact_registry_repository_iam_member": "artifactregistry/repository_iam_member:RepositoryIamMember",
    "google_billing_budget": "billing/budget:Budget",
    "google_cloud_run_v2_job": "cloudrunv2/job:Job",
    "google_cloud_run_v2_service_iam_member": "cloudrunv2/service_iam_member:ServiceIamMember",
    "google_cloud_scheduler_job": "cloudscheduler/job:Job",
    "google_cloud_tasks_queue": "cloudtasks/queue:Queue",
    "google_cloud_tasks_queue_iam_member": "cloudtasks/queue_iam_member:QueueIamMember",
    "google_cloudfunctions2_function": "cloudfunctionsv2/function:Function",
    "google_compute_address": "compute/address:Address",
    "google_compute_backend_service": "compute/backend_service:BackendService",
    "google_compute_firewall": "compute/firewall:Firewall",
    "google_compute_global_address": "compute/global_address:GlobalAddress",
    "google_compute_global_forwarding_rule": "compute/global_forwarding_rule:GlobalForwardingRule",
    "google_compute_managed_ssl_certificate": "compute/managed_ssl_certificate:ManagedSslCertificate",
    "google_compute_network": "compute/network:Network",
    "google_compute_region_network_endpoint_group": "compute/region_network_endpoint_group:RegionNetworkEndpointGroup",
    "google_compute_router": "compute/router:Router",
    "google_compute_router_nat": "compute/router_nat:RouterNat",
    "google_compute_security_policy": "compute/security_policy:SecurityPolicy",
    "google_compute_ssl_policy": "compute/ssl_policy:SSLPolicy",
    "google_compute_subnetwork": "compute/subnetwork:Subnetwork",
    "google_compute_target_http_proxy": "compute/target_http_proxy:TargetHttpProxy",
    "google_compute_target_https_proxy": "compute/target_https_proxy:TargetHttpsProxy",
    "google_compute_url_map": "compute/url_map:URLMap",
    "google_eventarc_trigger": "eventarc/trigger:Trigger",
    "google_iap_settings": "iap/settings:Settings",
    "google_iap_web_backend_service_iam_member": "iap/web_backend_service_iam_member:WebBackendServiceIamMember",
    "google_kms_crypto_key_iam_member": "kms/crypto_key_iam_member:CryptoKeyIAMMember",
    "google_logging_log_view": "logging/log_view:LogView",
    "google_logging_log_view_iam_member": "logging/log_view_iam_member:LogViewIamMember",
    "google_logging_project_bucket_config": "logging/project_bucket_config:ProjectBucketConfig",
    "google_logging_project_sink": "logging/project_sink:ProjectSink",
    "google_monitoring_alert_policy": "monitoring/alert_policy:AlertPolicy",
    "google_monitoring_notification_channel": "monitoring/notification_channel:NotificationChannel",
    "google_project_default_service_accounts": "projects/default_service_accounts:DefaultServiceAccounts",
    "google_project_iam_audit_config": "projects/iam_audit_config:IAMAuditConfig",
    "google_project_iam_custom_role": "projects/iam_custom_role:IAMCustomRole",
    "google_project_iam_member": "projects/iam_member:IAMMember",
    "google_project_service": "projects/service:Service",
    "google_project_service_identity": "projects/service_identity:ServiceIdentity",
    "google_secret_manager_secret": "secretmanager/secret:Secret",  # nosec B105
    "google_secret_manager_secret_iam_member": "secretmanager/secret_iam_member:SecretIamMember",  # nosec B105
    "google_service_account": "serviceaccount/account:Account",
    "google_service_account_iam_member": "serviceaccount/iam_member:IAMMember",
    "google_service_networking_connection": "servicenetworking/connection:Connection",
    "google_sql_database": "sql/database:Database",
    "google_sql_database_instance": "sql/database_instance:DatabaseInstance",
    "google_sql_user": "sql/user:User",
    "google_storage_bucket": "storage/bucket:Bucket",
    "google_storage_bucket_iam_member": "storage/bucket_iam_member:BucketIAMMember",
    "google_storage_bucket_object": "storage/bucket_object:BucketObject",
}

DATA_SOURCES: Final[Mapping[str, str]] = {
    "google_project": "organizations/get_project:get_project",
    "google_storage_project_service_account": "storage/get_project_service_account:get_project_service_account",
}

# Repeated blocks whose name is plural in Terraform too.
PLURAL_BLOCKS: Final = frozenset(
    {
        "aggregations",
        "cleanup_policies",
        "conditions",
        "containers",
        "cors",
        "database_flags",
        "denominator_aggregations",
        "match_rules",
        "network_interfaces",
        "openapi_documents",
        "replicas",
        "route_rules",
        "secret_environment_variables",
        "threshold_rules",
    }
)

# Lists of plain values whose name is singular in Terraform.
SINGULAR_LISTS: Final[Mapping[str, str]] = {
    "commands": "command",
    "matches_suffixes": "matches_suffix",
    "methods": "method",
    "origins": "origin",
    "response_headers": "response_header",
}
