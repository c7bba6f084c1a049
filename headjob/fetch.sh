#!/bin/bash
# Runs while the image is built (Dockerfile): fetches Nextflow, the plugins and the pipelines, and compares each with its
# checksum in nextflow.tsv, plugins.tsv or releases.tsv. A checksum that is missing (`-`) or wrong fails the build after
# everything has been fetched, with the lines to write.
set -euo pipefail
folder=$(dirname "$0")
faults=''

compare() { # compare NAME WANTED FOUND
    [ "$2" = "$3" ] || faults+="  $1: $3 (now: $2)"$'\n'
}

lines_of() { # lines_of FILE: without comments
    grep -v '^#' "$folder/$1"
}

sum_of_file() { sha256sum "$1" | cut -d' ' -f1; }

sum_of_folder() { # of the names and contents of its files, so that the time of unpacking makes no difference
    (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

fetch_nextflow() {
    local name sum address target
    while IFS=$'\t' read -r name sum address target; do
        mkdir -p "$(dirname "$target")"
        curl --fail --silent --show-error --location --retry 3 --output "$target" "$address"
        chmod 755 "$target"
        compare "$name" "$sum" "$(sum_of_file "$target")"
    done < <(lines_of nextflow.tsv)
    [ -z "$faults" ] || return 0 # nothing that differs is run
    nextflow -version
}

fetch_plugins() { # each by a process of its own, because one process keeps only one version of a plugin
    local plugin sum
    while IFS=$'\t' read -r plugin sum; do
        nextflow plugin install "$plugin" < /dev/null
        compare "$plugin" "$sum" "$(sum_of_folder "$NXF_HOME/plugins/${plugin/@/-}")"
    done < <(lines_of plugins.tsv)
}

fetch_releases() { # one clone of a pipeline, in the place where Nextflow looks for it, with only the tags of its releases
    local pipeline version commit notes clone
    while IFS=$'\t' read -r pipeline version commit _ notes; do
        clone="$NXF_HOME/assets/$pipeline"
        if [ ! -e "$clone" ]; then
            git init --quiet "$clone"
            git -C "$clone" remote add origin "https://github.com/$pipeline" # as Nextflow resolves the name
        fi
        git -C "$clone" fetch --quiet --depth 1 origin "refs/tags/$version:refs/tags/$version"
        compare "$pipeline $version" "$commit" "$(git -C "$clone" rev-parse "refs/tags/$version^{commit}")"
        git -C "$clone" checkout --quiet --detach "refs/tags/$version"
        mkdir -p "$SLUICE_IMAGE/releases/$pipeline" "$SLUICE_IMAGE/site_configs/pipeline"
        printf '%s\n' "$notes" > "$SLUICE_IMAGE/releases/$pipeline/$version"
        # head jobs use no profile of an institution, so these are empty
        echo '// empty' > "$SLUICE_IMAGE/site_configs/pipeline/${pipeline#*/}.config"
        echo '// empty' > "$SLUICE_IMAGE/site_configs/nfcore_custom.config"
    done < <(lines_of releases.tsv)
}

stop_if_different() {
    [ -n "$faults" ] || return 0
    printf 'These checksums are not those in headjob/%s. Compare them with another source, then write them there:\n%s' "$1" "$faults" >&2
    exit 1
}

fetch_nextflow
stop_if_different nextflow.tsv
fetch_plugins
stop_if_different plugins.tsv
fetch_releases
stop_if_different releases.tsv
