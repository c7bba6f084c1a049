#!/usr/bin/env bash
# Plan or deploy with Terraform: deploy.sh plan|deploy dev|prod [FUNCTION]
# STATE_BUCKET names the bucket of the state (otherwise PROJECT-sluice-state); YES=1 asks nothing.
set -euo pipefail
action=$1 environment=$2 function=${3:-}
cd "$(dirname "$0")/.."

values=terraform/env/$environment.tfvars

need() { # need PROGRAM WHERE: end with what to install when it is missing
  command -v "$1" > /dev/null || { echo "This needs $1. Install it from $2" >&2; exit 1; }
}
value_of() { # value_of NAME DEFAULT: a text in the values of this environment
  local found
  found=$(sed -nE "s/^$1[[:space:]]*=[[:space:]]*\"([^\"]*)\".*/\1/p" "$values")
  echo "${found:-$2}"
}
tf() { terraform -chdir=terraform "$@"; }
apply() { # apply [OPTIONS]: change what these options select
  tf apply -input=false "${given[@]}" ${YES:+-auto-approve} "$@"
}

need terraform "https://developer.hashicorp.com/terraform/install (1.9 or newer)"
[ "$action" = plan ] || need gcloud "https://cloud.google.com/sdk/docs/install"
[ -r "$values" ] || { echo "There is no $values; ENVIRONMENT is dev or prod." >&2; exit 1; }
[ -z "$function" ] || [ -r "functions/$function/main.py" ] || { echo "There is no function $function." >&2; exit 1; }
for folder in functions/*/main.py; do
  name=$(basename "$(dirname "$folder")")
  [ -r "dist/$name.zip" ] || { echo "There is no dist/$name.zip; run: make pack" >&2; exit 1; }
done

project=$(value_of project_id "")
region=$(value_of region europe-west1)
# The image is named after what goes into it, so that the same sources are never built twice.
sources=$(find common migrations -type f -not -path '*/__pycache__/*' | LC_ALL=C sort)
content=$(echo "$sources" | tr '\n' '\0' | xargs -0 sha256sum | sha256sum | cut -c1-16)
image=$region-docker.pkg.dev/$project/sluice/migrate:$content
given=("-var-file=env/$environment.tfvars" "-var=migrations_image=$image")
chosen=()
[ -z "$function" ] || chosen=("-target=google_cloudfunctions2_function.function[\"$function\"]")

migrate() { # migrate pre|post: run the job and wait for its end
  gcloud run jobs execute sluice-migrate --project="$project" --region="$region" --args="$1" --wait
}

build_image() {
  gcloud artifacts docker images describe "$image" --project="$project" > /dev/null 2>&1 && return
  local staged
  staged=$(mktemp -d)
  echo "$sources" | tr '\n' '\0' | xargs -0 cp --parents -t "$staged"
  gcloud builds submit "$staged" --project="$project" --region="$region" --config=migrations/cloudbuild.yaml \
    --substitutions="_IMAGE=$image" --gcs-source-staging-dir="gs://$project-sluice-sources/migrations" \
    --service-account="projects/$project/serviceAccounts/sluice-build@$project.iam.gserviceaccount.com"
  rm -rf "$staged"
}

prepare_database() { # everything that the functions expect of the database, from nothing if need be
  apply -target=google_project_service.api -target=google_artifact_registry_repository_iam_member.grant \
    -target=google_storage_bucket_iam_member.grant -target=google_project_iam_member.grant
  build_image
  apply -target=google_cloud_run_v2_job.migrate
  migrate pre
}

tf init -input=false -reconfigure -backend-config="bucket=${STATE_BUCKET:-$project-sluice-state}"
if [ "$action" = plan ]; then
  tf plan -input=false "${given[@]}" "${chosen[@]}"
  exit
fi
uses_database=''
[ -n "$function" ] && ! grep -q '^sqlalchemy' "functions/$function/requirements.txt" || uses_database=yes
[ -z "$uses_database" ] || prepare_database
apply "${chosen[@]}"
[ -z "$uses_database" ] || migrate post
