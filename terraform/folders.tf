# Folders of buckets that are granted on their own, by conditions on the whole name of an object:
#   projects/_/buckets/BUCKET/objects/runs/RUN/results/FILE
# Conditions have no regular expressions. extract('A{x}B') is the text between the first A and the first B after it, and
# '' if one is missing (Google's attribute reference for IAM Conditions, "Extract function"). What precedes /results/ must
# be what precedes the first slash: so runs/RUN/results/FILE matches and runs/RUN/inputs/results/FILE does not.
# startsWith keeps away names in which the prefix comes again later.
#
# Only writing is limited to a folder where jobs mount a bucket. gcsfuse asks for each part of a path as an object too
# (runs, runs/RUN, runs/RUN/work), and a 403 for one of them makes the path unreadable; and it lists, which a condition on
# names never grants, because the resource of a listing is the bucket. See docs/security.md.
#
# All runs share an account, so no condition can tell one run from another. README.md says what follows from that.
locals {
  runs_prefix = "projects/_/buckets/${local.buckets.runs_bucket.name}/objects/runs"
  logs_prefix = "projects/_/buckets/${local.buckets.logs_bucket.name}/objects/runs"
  work_prefix = "projects/_/buckets/${local.buckets.work_bucket.name}/objects/runs"
  list_names  = "projects/${var.project_id}/roles/sluiceListNames"

  run_in_runs = "resource.name.extract('${local.runs_prefix}/{run}/')"
  run_in_logs = "resource.name.extract('${local.logs_prefix}/{run}/')"
  run_in_work = "resource.name.extract('${local.work_prefix}/{run}/')"
  log_name    = "resource.name.extract('/logs/{file}')"

  in_results = "${local.run_in_runs} != '' && resource.name.extract('${local.runs_prefix}/{run}/results/') == ${local.run_in_runs}"
  in_logs    = "${local.run_in_logs} != '' && resource.name.extract('${local.logs_prefix}/{run}/logs/') == ${local.run_in_logs}"
  in_work    = "${local.run_in_work} != '' && resource.name.extract('${local.work_prefix}/{run}/work/') == ${local.run_in_work}"
  in_cache   = "${local.run_in_work} != '' && resource.name.extract('${local.work_prefix}/{run}/cache/') == ${local.run_in_work}"
  # runs/RUN and runs/RUN/results
  above_results = "${local.run_in_runs} == '' || (resource.name.endsWith('/results') && resource.name.extract('${local.runs_prefix}/{run}/results') == ${local.run_in_runs})"
  # what headjob/launch.sh writes, so not the archive, which lies beside it
  is_log = "${local.log_name} == 'nextflow.log' || ${local.log_name} == 'trace.txt' || ${local.log_name} == 'report.html' || ${local.log_name} == 'timeline.html' || ${local.log_name} == 'exit_code'"

  folders = {
    results = {
      bucket     = "runs_bucket"
      title      = "results of runs"
      expression = "resource.name.startsWith('${local.runs_prefix}/run-') && ${local.in_results}"
    }
    # With what a mount asks for on the way there: the parts of the path, and names that end with a slash (folders).
    results_to_read = {
      bucket     = "runs_bucket"
      title      = "results of runs and the way there"
      expression = "resource.name == '${local.runs_prefix}' || resource.name.endsWith('/') || (resource.name.startsWith('${local.runs_prefix}/run-') && ((${local.in_results}) || ${local.above_results}))"
    }
    logs = {
      bucket     = "logs_bucket"
      title      = "log files of runs"
      expression = "resource.name.startsWith('${local.logs_prefix}/run-') && ${local.in_logs} && (${local.is_log})"
    }
    work = {
      bucket     = "work_bucket"
      title      = "work directories of runs"
      expression = "resource.name.startsWith('${local.work_prefix}/run-') && ${local.in_work}"
    }
    # The cache has serialized objects of Java, which Nextflow reads back in a recovery: tasks may not write them.
    work_and_cache = {
      bucket     = "work_bucket"
      title      = "work directories and caches"
      expression = "resource.name.startsWith('${local.work_prefix}/run-') && ((${local.in_work}) || (${local.in_cache}))"
    }
  }
}

resource "google_project_iam_custom_role" "list_names" {
  role_id     = "sluiceListNames"
  title       = "Sluice: list names of objects"
  permissions = ["storage.objects.list"]
  depends_on  = [google_project_service.api]
}
