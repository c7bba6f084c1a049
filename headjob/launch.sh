#!/bin/bash
# The head job: runs Nextflow for one run and copies its log files to the logs bucket while it runs.
#
# INPUTS_DIR and LOGS_DIR are mounted buckets. It reads samplesheet.csv or .tsv, params.yaml, defaults.config,
# nextflow.config and sluice.config from INPUTS_DIR, and writes nextflow.log, trace.txt, report.html, timeline.html and, last, exit_code
# to LOGS_DIR. Other variables: PIPELINE, PIPELINE_VERSION, RUN_NAME, OUTDIR, WORK_DIR, SHEET_DIR, LOG_COPY_MIN_S and
# LOG_COPY_MAX_S (seconds between two copies while people look, and otherwise) and, to resume a session, RESUME_SESSION.
# An image that brings pipelines sets SLUICE_IMAGE (see Dockerfile), and GITHUB_TOKEN may be there for those that it does
# not bring. Exits with Nextflow's exit code, or 1 if Nextflow did not run. Needs only bash and coreutils.
set -u

export TZ=UTC # Nextflow writes local time without a zone into its log

readonly COPIED_LIVE="nextflow.log trace.txt" COPIED_LAST="nextflow.log trace.txt report.html timeline.html"
readonly SECONDS_BETWEEN_COPIES=2 # a bucket allows one write per object and second
readonly YOUNG_S=600 TROUBLE_S=60 # people look at a new run, and when something went wrong

min_s=${LOG_COPY_MIN_S:-} max_s=${LOG_COPY_MAX_S:-60}
[ "$min_s" -ge "$SECONDS_BETWEEN_COPIES" ] 2>/dev/null || min_s=$SECONDS_BETWEEN_COPIES
[ "$max_s" -ge "$min_s" ] 2>/dev/null || max_s=$min_s

site_configs='' # a folder in place of nf-core's configs on the internet, if the image has one for this release
sheet=samplesheet.csv # or samplesheet.tsv, if the pipeline takes that
nextflow_pid='' # empty until Nextflow runs
signalled=''    # not empty once a signal has arrived

report() { # report TEXT: say why Nextflow did not run, on stderr and as a record of nextflow.log
    printf '%s\n' "$1" >&2
    printf '%s [main] ERROR headjob.launch - %s\n' "$(LC_ALL=C date '+%b-%d %H:%M:%S.000')" "$1" >>"$scratch/nextflow.log"
}

check_inputs() { # fails, after a report, when something that Nextflow needs is missing
    local name
    for name in PIPELINE PIPELINE_VERSION RUN_NAME OUTDIR WORK_DIR SHEET_DIR; do
        [ -n "${!name:-}" ] || { report "The head job was started without the variable $name."; return 1; }
    done
    [ ! -r "$INPUTS_DIR/samplesheet.tsv" ] || sheet=samplesheet.tsv
    for name in "$sheet" params.yaml defaults.config nextflow.config sluice.config; do
        [ -r "$INPUTS_DIR/$name" ] || { report "The input $name is not in $INPUTS_DIR or cannot be read."; return 1; }
    done
    command -v nextflow >/dev/null || { report "The command nextflow is not on the PATH of this machine; check the image of the head job."; return 1; }
}

place_sheet() { # a task hash has the path, size and time of each input, so all three must be the same in a recovery
    (umask 077 && mkdir -p "$SHEET_DIR") && cp "$INPUTS_DIR/$sheet" "$SHEET_DIR/" &&
        touch -d 2000-01-01T00:00:00Z "$SHEET_DIR/$sheet" && return
    report "The samplesheet could not be copied to $SHEET_DIR."
    return 1
}

set_defaults() { # Nextflow reads $NXF_HOME/config before the pipeline's and all other configs, which override it
    [ ! -e "$NXF_HOME/config" ] || return 0 # an image of one's own may bring other defaults
    mkdir -p "$NXF_HOME" && cp "$INPUTS_DIR/defaults.config" "$NXF_HOME/config" && return
    report "The default settings cannot be written to $NXF_HOME/config."
    return 1
}

use_image() { # a release that the image brings is launched without asking anybody
    local release="${SLUICE_IMAGE:-}/releases/$PIPELINE/$PIPELINE_VERSION"
    [ -n "${SLUICE_IMAGE:-}" ] && [ -r "$release" ] || return 0
    unset GITHUB_TOKEN
    # a user can ask for site configs or plugins from elsewhere, which offline could not be fetched
    [[ $(<"$INPUTS_DIR/params.yaml") != *custom_config_base* ]] || return 0
    [ "$(<"$release")" != reads_site_configs ] || site_configs="$SLUICE_IMAGE/site_configs"
    [[ $(<"$INPUTS_DIR/nextflow.config") =~ (^|[^[:alnum:]_])(plugins|wave|tower|fusion)([^[:alnum:]_]|$) ]] ||
        export NXF_OFFLINE=true
}

has_changed() { # has_changed FILE: since its last copy, if any
    [ -e "$scratch/$1" ] && { [ ! -e "$marks/$1" ] || [ "$scratch/$1" -nt "$marks/$1" ]; }
}

copy() { # copy FILE: all of it, if it has changed
    local file="$scratch/$1" mark="$marks/$1"
    has_changed "$1" || return 0
    # the mark gets the time of the file before the copy, so text written during the copy is copied next time
    touch -r "$file" "$mark.new" || return 1
    date +%s >"$marks/last"
    # directly, without a temporary file: a rename on the mount is another copy and a deletion
    cp "$file" "$LOGS_DIR/$1" && mv "$mark.new" "$mark"
}

has_arrived() { # has_arrived FILE: its last copy is whole; a mount can cut a copy off without an error
    [ ! -e "$scratch/$1" ] || [ "$(stat -c %s "$scratch/$1")" = "$(stat -c %s "$LOGS_DIR/$1" 2>/dev/null)" ]
}

copy_whole() { # copy_whole FILE: copy it if it has changed, and compare the sizes; fails if it must be copied again
    copy "$1" && has_arrived "$1" && return 0
    rm -f "$marks/$1"
    return 1
}

tells_of_trouble() { # whether the log has told of trouble since the last call
    local size text=''
    size=$(stat -c %s "$scratch/nextflow.log" 2>/dev/null) || size=0
    [ "$size" -le "$bytes_read" ] ||
        text=$(tail -c "+$((bytes_read + 1))" "$scratch/nextflow.log" | head -c "$((size - bytes_read))" | tr -d '\0')
    bytes_read=$size
    case $text in # a warning, an error, a task that is retried or ignored, a task that failed
        *'] WARN '* | *'] ERROR '* | *'] NOTE: '* | *'; exit: '[1-9]*) return 0 ;;
    esac
    return 1
}

copy_while_running() { # copy what is new: every min_s seconds while people look, else every max_s
    local name now pause waited=$max_s bytes_read=0 young_until=$(($(date +%s) + YOUNG_S)) trouble_until=0
    trap '' TERM INT # a signal to the whole group must not cut a copy in two
    while [ ! -e "$marks/stop" ]; do
        now=$(date +%s) pause=$max_s
        if tells_of_trouble || [ -e "$marks/signalled" ]; then trouble_until=$((now + TROUBLE_S)); fi
        if [ "$now" -lt "$young_until" ] || [ "$now" -lt "$trouble_until" ]; then pause=$min_s; fi
        if [ "$waited" -ge "$pause" ] && { has_changed nextflow.log || has_changed trace.txt; }; then
            waited=0
            for name in $COPIED_LIVE; do
                copy "$name" && continue
                printf 'copying %s failed, will try again\n' "$name" >&2
                waited=$max_s
            done
        fi
        rest "$min_s"
        waited=$((waited + min_s))
    done
}

rest() { # rest SECONDS, or until Nextflow has ended
    local halves
    for ((halves = 2 * $1; halves > 0; halves--)); do [ -e "$marks/stop" ] || sleep 0.5; done
}

wait_for_gap() { # wait until no object was written for SECONDS_BETWEEN_COPIES
    local last
    last=$(cat "$marks/last" 2>/dev/null || echo 0)
    while [ $(($(date +%s) - last)) -le "$SECONDS_BETWEEN_COPIES" ]; do sleep 0.2; done
}

copy_the_last_time() { # retries failed copies: the mount may fail for a moment
    local name failed try
    for try in 1 2 3 4 5; do
        failed=''
        wait_for_gap
        for name in $COPIED_LAST; do copy_whole "$name" || failed=yes; done
        [ -n "$failed" ] || return 0
        printf 'try %s of the last copy failed\n' "$try" >&2
    done
}

write_exit_code() { # write_exit_code CODE: written last, so all other files are complete when it exists
    local try
    # not written to the mount: it makes the object when the file is closed, and printf does not tell if that fails
    printf '%s\n' "$1" >"$scratch/exit_code"
    for try in 1 2 3 4 5; do
        copy_whole exit_code && return
        printf 'try %s of writing the exit code failed\n' "$try" >&2
        sleep "$SECONDS_BETWEEN_COPIES"
    done
}

forward() { # ask Nextflow to stop; it deletes its jobs and then exits
    signalled=yes
    : >"$marks/signalled"
    [ -z "$nextflow_pid" ] || kill -TERM "$nextflow_pid" 2>/dev/null
}

run_nextflow() { # start Nextflow and wait until it has ended
    # The last configuration wins, so sluice.config comes after the user's.
    nextflow -log "$scratch/nextflow.log" -c "$INPUTS_DIR/nextflow.config" -c "$INPUTS_DIR/sluice.config" \
        run "$PIPELINE" -r "$PIPELINE_VERSION" -name "$RUN_NAME" -profile docker -work-dir "$WORK_DIR" \
        -ansi-log false -with-trace "$scratch/trace.txt" -with-report "$scratch/report.html" \
        -with-timeline "$scratch/timeline.html" -params-file "$INPUTS_DIR/params.yaml" \
        --input "$SHEET_DIR/$sheet" --outdir "$OUTDIR" \
        ${site_configs:+--custom_config_base "$site_configs"} \
        ${RESUME_SESSION:+-resume "$RESUME_SESSION"} &
    nextflow_pid=$!
    [ -z "$signalled" ] || forward # the signal came before Nextflow ran
    # not with `wait`: bash 5.2 can miss the end of a child when a signal arrives at that moment, and waits for ever
    while kill -0 "$nextflow_pid" 2>/dev/null; do sleep 0.2; done
}

main() {
    local code=1 copier=''
    trap forward TERM INT
    if check_inputs && set_defaults && place_sheet; then
        use_image
        copy_while_running &
        copier=$!
        run_nextflow
    fi
    trap '' TERM INT # no signal may prevent the last copy or end one of its commands
    if [ -n "$copier" ]; then
        wait "$nextflow_pid"
        code=$?
        touch "$marks/stop"
        wait "$copier" # two writers at once would damage an object
        if [ "$code" -eq 0 ] && [ ! -s "$scratch/nextflow.log" ]; then # Nextflow writes its log before anything else
            report "The command nextflow ended with 0 but wrote no nextflow.log, so no pipeline has run; check the image of the head job."
            code=1
        fi
        rm -f "$marks/nextflow.log" "$marks/trace.txt" # copy them once more in any case
    fi
    copy_the_last_time
    write_exit_code "$code"
    rm -rf "$scratch" "${SHEET_DIR:-}"
    exit "$code"
}

: "${INPUTS_DIR:?is not set: where are the inputs mounted?}" "${LOGS_DIR:?is not set: where is the logs bucket mounted?}"
scratch=$(mktemp -d) && cd "$scratch" || exit 1
marks="$scratch/.copies"
mkdir "$marks" || exit 1
export NXF_HOME="${NXF_HOME:-$scratch/.nextflow}"
main
