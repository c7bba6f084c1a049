#!/bin/bash
# The head job: runs Nextflow for one run and copies what it writes to the logs bucket while it runs.
#
# Reads INPUTS_DIR (samplesheet.csv, params.yaml, nextflow.config, sluice.config) and writes LOGS_DIR (nextflow.log,
# trace.txt, report.html, timeline.html and, last of all, exit_code); both are mounted buckets. The rest comes from the
# environment too: PIPELINE, PIPELINE_VERSION, RUN_NAME, OUTDIR, WORK_DIR, LOG_COPY_INTERVAL_S, and RESUME_SESSION when
# a session is resumed. Ends with Nextflow's exit code. Needs nothing but bash and coreutils.
set -u

export TZ=UTC # Nextflow stamps its log with local time and no zone

readonly COPIED_LIVE="nextflow.log trace.txt" COPIED_LAST="nextflow.log trace.txt report.html timeline.html"
readonly SECONDS_BETWEEN_COPIES=2 # a bucket takes one write per object and second

interval=${LOG_COPY_INTERVAL_S:-}
[ "$interval" -ge "$SECONDS_BETWEEN_COPIES" ] 2>/dev/null || interval=$SECONDS_BETWEEN_COPIES

nextflow_pid='' # empty until Nextflow runs
signalled=''    # not empty once a signal has come

complain() { # complain TEXT: tell why nothing ran, on stderr and as a record of the log that everybody reads
    printf '%s\n' "$1" >&2
    printf '%s [main] ERROR headjob.launch - %s\n' "$(LC_ALL=C date '+%b-%d %H:%M:%S.000')" "$1" >>"$scratch/nextflow.log"
}

all_is_there() { # false, after a complaint, when something that Nextflow needs is absent
    local name
    for name in PIPELINE PIPELINE_VERSION RUN_NAME OUTDIR WORK_DIR; do
        [ -n "${!name:-}" ] || { complain "The head job was started without $name in its environment."; return 1; }
    done
    for name in samplesheet.csv params.yaml nextflow.config sluice.config; do
        [ -r "$INPUTS_DIR/$name" ] || { complain "The input $name is not in $INPUTS_DIR or cannot be read."; return 1; }
    done
    command -v nextflow >/dev/null || { complain "There is no nextflow on this machine's PATH."; return 1; }
}

copy() { # copy FILE: the whole of it, unless it has not changed since its last copy
    local file="$scratch/$1" mark="$marks/$1"
    [ -e "$file" ] || return 0
    [ ! -e "$mark" ] || [ "$file" -nt "$mark" ] || return 0
    # the mark takes the file's time before the copy, so that what is written meanwhile is copied next time
    touch -r "$file" "$mark.new" || return 1
    date +%s >"$marks/last"
    # straight onto the object, one open and one close: to the mount a rename would be one more copy and a deletion
    cp "$file" "$LOGS_DIR/$1" && mv "$mark.new" "$mark"
}

copy_while_running() {
    local name next_at
    trap '' TERM INT # a signal to the whole group must not cut a copy in two
    while [ ! -e "$marks/stop" ]; do
        for name in $COPIED_LIVE; do
            copy "$name" || printf 'copying %s failed, will try again\n' "$name" >&2
        done
        next_at=$((SECONDS + interval))
        while [ "$SECONDS" -lt "$next_at" ] && [ ! -e "$marks/stop" ]; do sleep 0.5; done
    done
}

leave_a_gap() { # wait until no object was written during the last seconds
    local last
    last=$(cat "$marks/last" 2>/dev/null || echo 0)
    while [ $(($(date +%s) - last)) -le "$SECONDS_BETWEEN_COPIES" ]; do sleep 0.2; done
}

copy_the_last_time() { # tries again what failed: the mount may have had a hiccup
    local name failed try
    for try in 1 2 3 4 5; do
        failed=''
        leave_a_gap
        for name in $COPIED_LAST; do copy "$name" || failed=yes; done
        [ -n "$failed" ] || return 0
        printf 'try %s of the last copy failed\n' "$try" >&2
    done
}

write_exit_code() { # write_exit_code CODE: whoever sees it knows that everything else is there
    local try
    for try in 1 2 3 4 5; do
        printf '%s\n' "$1" >"$LOGS_DIR/exit_code" && return
        printf 'try %s of writing the exit code failed\n' "$try" >&2
        sleep "$SECONDS_BETWEEN_COPIES"
    done
}

forward() { # ask Nextflow to stop; it deletes its jobs and then ends by itself
    signalled=yes
    [ -z "$nextflow_pid" ] || kill -TERM "$nextflow_pid" 2>/dev/null
}

run_nextflow() { # until it has ended
    # Inputs are named where they are mounted: the same path in every head job, since paths are part of task hashes.
    # The last configuration wins, so sluice.config comes after the user's.
    nextflow -log "$scratch/nextflow.log" -c "$INPUTS_DIR/nextflow.config" -c "$INPUTS_DIR/sluice.config" \
        run "$PIPELINE" -r "$PIPELINE_VERSION" -name "$RUN_NAME" -profile docker -work-dir "$WORK_DIR" \
        -ansi-log false -with-trace "$scratch/trace.txt" -with-report "$scratch/report.html" \
        -with-timeline "$scratch/timeline.html" -params-file "$INPUTS_DIR/params.yaml" \
        --input "$INPUTS_DIR/samplesheet.csv" --outdir "$OUTDIR" \
        ${RESUME_SESSION:+-resume "$RESUME_SESSION"} &
    nextflow_pid=$!
    [ -z "$signalled" ] || forward # it came too early to be forwarded
    # not by `wait`: bash 5.2 can lose the end of a child to a signal of the same moment, and then waits for ever
    while kill -0 "$nextflow_pid" 2>/dev/null; do sleep 0.2; done
}

main() {
    local code=1 copier=''
    trap forward TERM INT
    if all_is_there; then
        copy_while_running &
        copier=$!
        run_nextflow
    fi
    trap '' TERM INT # nothing may keep the last copy from being made, nor end a command on the way to it
    if [ -n "$copier" ]; then
        wait "$nextflow_pid"
        code=$?
        touch "$marks/stop"
        wait "$copier" # two writers would spoil an object
        rm -f "$marks/nextflow.log" "$marks/trace.txt" # copied once more whatever their times say
    fi
    copy_the_last_time
    write_exit_code "$code"
    rm -rf "$scratch"
    exit "$code"
}

: "${INPUTS_DIR:?is not set: where are the inputs mounted?}" "${LOGS_DIR:?is not set: where is the logs bucket mounted?}"
scratch=$(mktemp -d) && cd "$scratch" || exit 1
marks="$scratch/.copies"
mkdir "$marks" || exit 1
export NXF_HOME="${NXF_HOME:-$scratch/.nextflow}"
main
