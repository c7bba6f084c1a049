-- NGS runs that match the filters, newest first, after a position in that order; with the total number of matches.
-- Returns at least one row; its id is null if the page is empty.
-- :name_pattern  LIKE pattern with ! as its escape, or null      :instrument, :project  whole names, or null
-- :completed_from, :completed_to  days, both included, or null   :after_created, :after_id  the position, or null
-- :page_size     one more than is shown                          :most_counted  where counting ends
WITH of_project AS (
    SELECT pooling.${run_pooling.ngs_run} AS ngs_run
    FROM ${project} AS project
    JOIN ${library} AS library ON library.${library.project} = project.${project.id}
    JOIN ${library_pooling} AS member ON member.${library_pooling.library} = library.${library.id}
    JOIN ${pool} AS pool ON pool.${pool.id} = member.${library_pooling.pool}
    JOIN ${run_pooling} AS pooling ON pooling.${run_pooling.pool} = pool.${pool.id}
    WHERE project.${project.name} = CAST(:project AS text)
      AND project.${project.archived} IS NOT TRUE
      AND library.${library.archived} IS NOT TRUE
      AND member.${library_pooling.archived} IS NOT TRUE
      AND pool.${pool.archived} IS NOT TRUE
      AND pooling.${run_pooling.archived} IS NOT TRUE
    UNION
    SELECT file.${read_file.ngs_run}
    FROM ${project} AS project
    JOIN ${library} AS library ON library.${library.project} = project.${project.id}
    JOIN ${read_file} AS file ON file.${read_file.library} = library.${library.id}
    WHERE project.${project.name} = CAST(:project AS text)
      AND project.${project.archived} IS NOT TRUE
      AND library.${library.archived} IS NOT TRUE
      AND file.${read_file.archived} IS NOT TRUE
),
matching AS NOT MATERIALIZED (
    SELECT
        run.${ngs_run.id} AS id,
        run.${ngs_run.name} AS name,
        run.${ngs_run.sequencing_kit} AS sequencing_kit,
        run.${ngs_run.created_at} AS created_at,
        instrument.${instrument.name} AS instrument
    FROM ${ngs_run} AS run
    LEFT JOIN ${instrument} AS instrument
        ON instrument.${instrument.id} = run.${ngs_run.instrument}
        AND instrument.${instrument.archived} IS NOT TRUE
    WHERE run.${ngs_run.archived} IS NOT TRUE
      AND (CAST(:name_pattern AS text) IS NULL
           OR run.${ngs_run.name} ILIKE CAST(:name_pattern AS text) ESCAPE '!')
      AND (CAST(:instrument AS text) IS NULL
           OR instrument.${instrument.name} = CAST(:instrument AS text))
      AND (CAST(:project AS text) IS NULL
           OR run.${ngs_run.id} IN (SELECT ngs_run FROM of_project))
      AND ((CAST(:completed_from AS date) IS NULL AND CAST(:completed_to AS date) IS NULL)
           OR EXISTS (
               SELECT 1 FROM ${run_output} AS output
               WHERE output.${run_output.ngs_run} = run.${ngs_run.id}
                 AND output.${run_output.archived} IS NOT TRUE
                 AND CAST(output.${run_output.completed_on} AS date)
                     BETWEEN COALESCE(CAST(:completed_from AS date), '-infinity')
                     AND COALESCE(CAST(:completed_to AS date), 'infinity')))
),
page AS MATERIALIZED (
    SELECT * FROM matching
    WHERE CAST(:after_id AS text) IS NULL
       OR (created_at, id) < (CAST(:after_created AS timestamptz), CAST(:after_id AS text))
    ORDER BY created_at DESC, id DESC
    LIMIT CAST(:page_size AS integer)
),
on_page AS (
    SELECT pooling.${run_pooling.ngs_run} AS ngs_run, member.${library_pooling.library} AS library
    FROM page
    JOIN ${run_pooling} AS pooling ON pooling.${run_pooling.ngs_run} = page.id
    JOIN ${pool} AS pool ON pool.${pool.id} = pooling.${run_pooling.pool}
    JOIN ${library_pooling} AS member ON member.${library_pooling.pool} = pool.${pool.id}
    WHERE pooling.${run_pooling.archived} IS NOT TRUE
      AND pool.${pool.archived} IS NOT TRUE
      AND member.${library_pooling.archived} IS NOT TRUE
    UNION
    SELECT file.${read_file.ngs_run}, file.${read_file.library}
    FROM page
    JOIN ${read_file} AS file ON file.${read_file.ngs_run} = page.id
    WHERE file.${read_file.archived} IS NOT TRUE
),
content AS (
    SELECT
        on_page.ngs_run,
        count(*) AS library_count,
        array_agg(DISTINCT project.${project.name} ORDER BY project.${project.name})
            FILTER (WHERE project.${project.name} IS NOT NULL) AS projects
    FROM on_page
    JOIN ${library} AS library
        ON library.${library.id} = on_page.library AND library.${library.archived} IS NOT TRUE
    LEFT JOIN ${project} AS project
        ON project.${project.id} = library.${library.project} AND project.${project.archived} IS NOT TRUE
    GROUP BY on_page.ngs_run
),
counted AS (
    SELECT count(*) AS total FROM (SELECT 1 FROM matching LIMIT CAST(:most_counted AS integer)) AS few
)
SELECT
    counted.total,
    page.id,
    page.name,
    page.instrument,
    page.sequencing_kit,
    page.created_at,
    output.completed_on,
    output.data_uri,
    content.library_count,
    content.projects
FROM counted
LEFT JOIN page ON TRUE
LEFT JOIN LATERAL (
    SELECT
        CAST(newest.${run_output.completed_on} AS date) AS completed_on,
        newest.${run_output.data_uri} AS data_uri
    FROM ${run_output} AS newest
    WHERE newest.${run_output.ngs_run} = page.id AND newest.${run_output.archived} IS NOT TRUE
    ORDER BY newest.${run_output.completed_on} DESC NULLS LAST
    LIMIT 1
) AS output ON TRUE
LEFT JOIN content ON content.ngs_run = page.id
ORDER BY page.created_at DESC, page.id DESC
