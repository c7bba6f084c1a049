#!/bin/bash
# Runs while the image is built, without a network: each release must load its config, plugins and script, and print its
# help. Head jobs also start the core plugins, so they are loaded here too.
set -euo pipefail
folder=$(dirname "$0")
export NXF_OFFLINE=true NXF_ANSI_LOG=false
NXF_PLUGINS_DEFAULT=$(grep -oE '^nf-(google|cloudcache)@[^[:space:]]+' "$folder/plugins.tsv" | paste -sd, -)
export NXF_PLUGINS_DEFAULT
cd "$(mktemp -d)"
while IFS=$'\t' read -r pipeline version _ parser notes; do
    arguments=()
    [ "$notes" != reads_site_configs ] || arguments=(--custom_config_base "$SLUICE_IMAGE/site_configs")
    unset NXF_SYNTAX_PARSER
    [ "$parser" = - ] || export NXF_SYNTAX_PARSER="$parser"
    echo "Starting $pipeline $version without a network"
    if ! nextflow -log "$version.log" run "$pipeline" -r "$version" -profile docker --help "${arguments[@]}" < /dev/null; then
        cat "$version.log" >&2
        exit 1
    fi
done < <(grep -v '^#' "$folder/releases.tsv")
