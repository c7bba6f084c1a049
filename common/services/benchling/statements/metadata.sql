-- The names of projects, instruments, kits and methods, each once.
SELECT 'projects' AS kind, project.${project.name} AS name
FROM ${project} AS project
WHERE project.${project.archived} IS NOT TRUE
UNION
SELECT 'instruments', instrument.${instrument.name}
FROM ${instrument} AS instrument
WHERE instrument.${instrument.archived} IS NOT TRUE
UNION
SELECT 'sequencing_kits', run.${ngs_run.sequencing_kit}
FROM ${ngs_run} AS run
WHERE run.${ngs_run.archived} IS NOT TRUE
UNION
SELECT 'kits', library.${library.kit}
FROM ${library} AS library
WHERE library.${library.archived} IS NOT TRUE
UNION
SELECT 'methods', library.${library.method}
FROM ${library} AS library
WHERE library.${library.archived} IS NOT TRUE
ORDER BY kind, name
