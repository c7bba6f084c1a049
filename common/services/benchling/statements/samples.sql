-- The libraries of one NGS run and their files on it: one row per file, one for a library without files, and one with
-- a null library for a run without libraries. No row if there is no such run.
-- A library belongs to a run if its pool does, or if the run has files of it. If several runs have the name, the newest
-- is used.
-- :name  the whole name of the run        :most_rows  where reading ends
WITH run AS MATERIALIZED (
    SELECT
        run.${ngs_run.id} AS id,
        run.${ngs_run.name} AS name,
        run.${ngs_run.instrument} AS instrument,
        (
            SELECT max(CAST(output.${run_output.completed_on} AS date))
            FROM ${run_output} AS output
            WHERE output.${run_output.ngs_run} = run.${ngs_run.id} AND output.${run_output.archived} IS NOT TRUE
        ) AS completed_on
    FROM ${ngs_run} AS run
    WHERE run.${ngs_run.name} = CAST(:name AS text) AND run.${ngs_run.archived} IS NOT TRUE
    ORDER BY run.${ngs_run.created_at} DESC, run.${ngs_run.id} DESC
    LIMIT 1
),
file AS MATERIALIZED (
    SELECT
        file.${read_file.id} AS id,
        file.${read_file.library} AS library,
        file.${read_file.read} AS read,
        file.${read_file.path} AS path,
        file.${read_file.read_count} AS read_count,
        file.${read_file.q30} AS q30
    FROM run
    JOIN ${read_file} AS file ON file.${read_file.ngs_run} = run.id
    WHERE file.${read_file.archived} IS NOT TRUE
),
on_run AS MATERIALIZED (
    SELECT member.${library_pooling.library} AS library
    FROM run
    JOIN ${run_pooling} AS pooling ON pooling.${run_pooling.ngs_run} = run.id
    JOIN ${pool} AS pool ON pool.${pool.id} = pooling.${run_pooling.pool}
    JOIN ${library_pooling} AS member ON member.${library_pooling.pool} = pool.${pool.id}
    WHERE pooling.${run_pooling.archived} IS NOT TRUE
      AND pool.${pool.archived} IS NOT TRUE
      AND member.${library_pooling.archived} IS NOT TRUE
    UNION
    SELECT file.library FROM file
),
content AS MATERIALIZED (
    SELECT
        library.${library.id} AS id,
        library.${library.name} AS name,
        library.${library.sample_id} AS sample_id,
        library.${library.kit} AS kit,
        library.${library.method} AS method,
        project.${project.name} AS project,
        metadata.organism,
        metadata.tissue,
        metadata.cell_line,
        metadata.perturbation,
        metadata.replicate
    FROM on_run
    JOIN ${library} AS library
        ON library.${library.id} = on_run.library AND library.${library.archived} IS NOT TRUE
    LEFT JOIN ${project} AS project
        ON project.${project.id} = library.${library.project} AND project.${project.archived} IS NOT TRUE
    LEFT JOIN LATERAL (
        SELECT
            newest.${metadata.organism} AS organism,
            newest.${metadata.tissue} AS tissue,
            newest.${metadata.cell_line} AS cell_line,
            newest.${metadata.perturbation} AS perturbation,
            newest.${metadata.replicate} AS replicate
        FROM ${metadata} AS newest
        WHERE newest.${metadata.library} = library.${library.id} AND newest.${metadata.archived} IS NOT TRUE
        ORDER BY newest.${metadata.modified_at} DESC, newest.${metadata.id} DESC
        LIMIT 1
    ) AS metadata ON TRUE
)
SELECT
    run.name AS ngs_run,
    instrument.${instrument.name} AS instrument,
    run.completed_on,
    content.*,
    file.id AS file_id,
    file.read,
    file.path,
    file.read_count,
    file.q30
FROM run
LEFT JOIN ${instrument} AS instrument
    ON instrument.${instrument.id} = run.instrument AND instrument.${instrument.archived} IS NOT TRUE
LEFT JOIN content ON TRUE
LEFT JOIN file ON file.library = content.id
ORDER BY content.name, content.id, file.path, file.id
LIMIT CAST(:most_rows AS integer)
