# What tasks print, and nothing else of the project's logs, for the functions that show it. A view can filter by type of
# resource and by log (Cloud Logging API, LogView.filter), and has grants of its own.
resource "google_logging_log_view" "task_output" {
  name        = "sluice-task-output"
  bucket      = "projects/${var.project_id}/locations/global/buckets/_Default"
  description = "What the tasks of pipelines print"
  filter      = "SOURCE(\"projects/${var.project_id}\") AND resource.type = \"batch.googleapis.com/Job\" AND LOG_ID(\"batch_task_logs\")"
  depends_on  = [google_project_service.api]
}

resource "google_logging_log_view_iam_member" "grant" {
  for_each = { for key, grant in local.granted : key => grant if grant.target == "task_output" }

  parent   = "projects/${var.project_id}"
  location = "global"
  bucket   = "_Default"
  name     = google_logging_log_view.task_output.name
  role     = each.value.role
  member   = local.members[each.value.account]
}
