#!/usr/bin/env bash
# Plan, deploy or take down with Terraform: deploy.sh plan|deploy|destroy dev|prod [FUNCTION]
# STATE_BUCKET names the state's bucket (default: PROJECT-sluice-state); YES=1 skips the confirmations of a deploy.
# CHECK=1 only checks that the programs and the values are there, which takes no time, before anything is built.
set -euo pipefail
action=$1 environment=$2 function=${3:-}
cd "$(dirname "$0")/.."

values=terraform/env/$environment.tfvars

need() { # need PROGRAM WHERE: exit with an install hint if it is missing
  command -v "$1" > /dev/null || { echo "$1 is not installed. Install it from $2" >&2; exit 1; }
}
value_of() { # value_of NAME DEFAULT: a string in the values of this environment
  local found
  found=$(sed -nE "s/^$1[[:space:]]*=[[:space:]]*\"([^\"]*)\".*/\1/p" "$values")
  echo "${found:-$2}"
}
tf() { terraform -chdir=terraform "$@"; }
apply() { # apply [OPTIONS]: change the resources that the options select
  tf apply -input=false "${given[@]}" ${YES:+-auto-approve} "$@"
}

need terraform "https://developer.hashicorp.com/terraform/install (1.9 or newer)"
[ "$action" = plan ] || need gcloud "https://cloud.google.com/sdk/docs/install"
[ -r "$values" ] || { echo "There is no file $values; ENVIRONMENT must be dev or prod." >&2; exit 1; }
[ -z "$function" ] || [ -r "functions/$function/main.py" ] || { echo "There is no function $function in functions/." >&2; exit 1; }
[ -z "${CHECK:-}" ] || exit 0
for folder in functions/*/main.py; do
  name=$(basename "$(dirname "$folder")")
  [ -r "dist/$name.zip" ] || { echo "There is no dist/$name.zip; run: make pack" >&2; exit 1; }
done

project=$(value_of project_id "")
[ -n "$project" ] || { echo "$values must have a line project_id = \"…\"." >&2; exit 1; }
region=$(value_of region europe-west1)
# The tag of an image is a hash of its sources, so that the same sources are never built twice.
hash_of() { # hash_of SOURCES
  echo "$1" | tr '\n' '\0' | xargs -0 sha256sum | sha256sum | cut -c1-16
}
images=$region-docker.pkg.dev/$project/sluice
sources=$(find common migrations -type f -not -path '*/__pycache__/*' | LC_ALL=C sort)
image=$images/migrate:$(hash_of "$sources")
# launch.sh is not in the image of head jobs: each run brings its own.
head_sources=$(find headjob -type f -not -name '*.py' -not -name launch.sh -not -path '*/__pycache__/*' | LC_ALL=C sort)
head_image=$images/nextflow:$(hash_of "$head_sources")
given=("-var-file=env/$environment.tfvars" "-var=migrations_image=$image")
own_head_image=$(value_of head_job_image "")
[ -n "$own_head_image" ] || given+=("-var=head_job_image=$head_image")
chosen=()
[ -z "$function" ] || chosen=("-target=google_cloudfunctions2_function.function[\"$function\"]")

migrate() { # migrate pre|post: run the job and wait for it to finish
  gcloud run jobs execute sluice-migrate --project="$project" --region="$region" --args="$1" --wait
}

build_image() { # build_image IMAGE SOURCES FOLDER: unless it exists; FOLDER has its cloudbuild.yaml
  gcloud artifacts docker images describe "$1" --project="$project" > /dev/null 2>&1 && return
  local staged
  staged=$(mktemp -d)
  echo "$2" | tr '\n' '\0' | xargs -0 cp --parents -t "$staged"
  gcloud builds submit "$staged" --project="$project" --region="$region" --config="$3/cloudbuild.yaml" \
    --substitutions="_IMAGE=$1" --gcs-source-staging-dir="gs://$project-sluice-sources/$3" \
    --service-account="projects/$project/serviceAccounts/sluice-build@$project.iam.gserviceaccount.com" \
    || { rm -rf "$staged"; show_build "$1"; exit 1; }
  rm -rf "$staged"
}

show_build() { # show_build IMAGE: the end of its newest build's log, which gcloud does not show since it is in Cloud Logging
  local build
  build=$(gcloud builds list --project="$project" --region="$region" --filter="substitutions._IMAGE=\"$1\"" \
    --sort-by=~createTime --limit=1 --format='value(id)')
  [ -n "$build" ] || { echo "Cloud Build did not begin to build $1; the error is above." >&2; return; }
  echo "The build of $1 failed. The end of its log:" >&2
  gcloud logging read "resource.type=\"build\" AND resource.labels.build_id=\"$build\"" --project="$project" \
    --freshness=1d --limit=100 --format='value(textPayload)' | tac >&2
}

digest_of() { # digest_of IMAGE: the image by its digest, since a tag could be moved to another one
  local digest
  digest=$(gcloud artifacts docker images describe "$1" --project="$project" --format='value(image_summary.digest)')
  [[ $digest == sha256:* ]] || { echo "Artifact Registry does not tell the digest of $1." >&2; exit 1; }
  echo "${1%:*}@$digest"
}

gateway_audience() { # the audience of IAP's tokens for the gateway; nothing before the load balancer exists
  local found
  found=$(tf output -raw gateway_audience 2> /dev/null) || found=''
  [[ ! $found =~ ^/projects/[0-9]+/global/backendServices/[0-9]+$ ]] || echo "$found"
}

check_tokens_in_gateway() { # the last step of a first deployment: the gateway needs a number of the load balancer
  local found
  found=$(gateway_audience)
  [ -n "$found" ] && [ "$found" != "$audience" ] || return 0
  given+=("-var=gateway_audience=$found") # of two, Terraform takes the last
  apply -target=google_api_gateway_gateway.this
}

prepare_head_image() { # build the image of head jobs, unless the values name another one
  [ -z "$own_head_image" ] || return 0
  build_image "$head_image" "$head_sources" headjob
  local pinned
  pinned=$(digest_of "$head_image")
  given+=("-var=head_job_image=$pinned")
}

need_secrets() { # exit if a secret has no value yet: functions that read it could not start
  local secrets secret values empty=()
  secrets=$(gcloud secrets list --project="$project" --filter=labels.app=sluice --format='value(name.basename())')
  for secret in $secrets; do
    values=$(gcloud secrets versions list "$secret" --project="$project" --filter=state:ENABLED --format='value(name)')
    [ -n "$values" ] || empty+=("$secret")
  done
  [ "${#empty[@]}" -gt 0 ] || return 0
  for secret in "${empty[@]}"; do
    echo "The secret $secret has no value yet. Add one (docs/deploy.md says what it holds):" >&2
    echo "  read -rs VALUE" >&2
    echo "  printf %s \"\$VALUE\" | gcloud secrets versions add $secret --project=$project --data-file=-" >&2
  done
  echo "Then run this command again." >&2
  exit 1
}

prepare_database() { # create whatever is missing of the database and run the pre migrations
  apply -target=google_project_service.api -target=google_artifact_registry_repository_iam_member.grant \
    -target=google_storage_bucket_iam_member.grant -target=google_project_iam_member.grant \
    -target=google_secret_manager_secret.secret
  need_secrets
  build_image "$image" "$sources" migrations
  local pinned
  pinned=$(digest_of "$image")
  given+=("-var=migrations_image=$pinned")
  apply -target=google_cloud_run_v2_job.migrate
  migrate pre
}

destroy() { # remove everything; if a resource cannot be removed yet, run it again
  local jobs protected=()
  jobs=$(gcloud batch jobs list --project="$project" --location="$region" --format='value(name.basename())' \
    --filter='status.state:(QUEUED SCHEDULED RUNNING)')
  if [ -n "$jobs" ]; then
    echo "These Batch jobs are still running and would go on costing money. Cancel their runs first:" "$jobs" >&2
    exit 1
  fi
  while read -r address; do
    [ -z "$address" ] || protected+=("-target=$address")
  done < <(tf state list | grep -E '^google_(sql_database_instance.this|storage_bucket.bucket|secret_manager_secret.secret)\b')
  # Terraform reads deletion_protection from the state, so it must be switched off by an apply first.
  [ ${#protected[@]} = 0 ] || apply -var=deletion_protection=false "${protected[@]}"
  tf destroy -input=false "${given[@]}" -var=deletion_protection=false
}

tf init -input=false -reconfigure -backend-config="bucket=${STATE_BUCKET:-$project-sluice-state}"
audience=$(gateway_audience)
given+=("-var=gateway_audience=$audience")
case "$action" in
  plan) tf plan -input=false "${given[@]}" "${chosen[@]}"; exit ;;
  destroy) destroy; exit ;;
esac
uses_database=''
[ -n "$function" ] && ! grep -q '^sqlalchemy' "functions/$function/requirements.txt" || uses_database=yes
[ -z "$uses_database" ] || prepare_database
[ -n "$function" ] && [ "$function" != queue_worker ] || prepare_head_image # only queue_worker launches head jobs
apply "${chosen[@]}"
[ -n "$function" ] || check_tokens_in_gateway
[ -z "$uses_database" ] || migrate post
# The worker reads Google's prices now, and each week; a run keeps those of its day.
[ -n "$function" ] || gcloud scheduler jobs run sluice-prices --project="$project" --location="$region"
[ -n "$function" ] || echo "Sluice is deployed. Once the DNS record and the certificate are there: make verify HOST=$(value_of domain HOST)"
