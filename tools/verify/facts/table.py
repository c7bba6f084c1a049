"""The facts in the order in which they are tried: settings first, the runs last."""

from typing import Final

from tools.verify.facts import (
    addresses,
    database,
    folders,
    front_door,
    identity,
    queues,
    roles,
    runs,
    settings,
    storage,
    surroundings,
)
from tools.verify.outcomes import Fact

# Those that start runs.
OF_RUNS: Final = ("cancel", "resume", "streams", "links", "archive", "ingest")
_ANSWERS: Final = ("settings", "audience", "identity")
_WAY: Final = (*_ANSWERS, "addresses", "queues", "work", "roles", "folders", "buckets", "schema", "image")

FACTS: Final = (
    Fact(key="settings", claim="Each function has its settings", check=settings.all_are_set),
    Fact(key="clock", claim="The clocks agree", check=identity.clocks_agree),
    Fact(
        key="audience",
        claim="Functions accept the audience of IAP",
        check=identity.audiences_fit,
        needs=("settings",),
    ),
    Fact(
        key="identity",
        claim="Who signs in is known to the functions",
        check=identity.caller_is_known,
        needs=("settings", "audience", "clock"),
    ),
    Fact(
        key="foreigners",
        claim="People of other domains are refused",
        check=identity.foreigners_are_refused,
        needs=_ANSWERS,
    ),
    Fact(
        key="strangers",
        claim="Functions refuse who goes past the front door",
        check=identity.functions_refuse_strangers,
        needs=("settings",),
    ),
    Fact(
        key="programs",
        claim="Programs learn how to sign in, and nobody sees the page without",
        check=front_door.programs_learn_how_to_sign_in,
    ),
    Fact(
        key="gateway",
        claim="API Gateway's own address refuses strangers",
        check=front_door.gateway_refuses_strangers,
    ),
    Fact(
        key="schema",
        claim="The database has the newest schema",
        check=database.schema_is_newest,
        needs=_ANSWERS,
    ),
    Fact(key="connections", claim="The database takes all connections", check=database.connections_fit),
    Fact(
        key="addresses",
        claim="Each public address answers",
        check=addresses.each_answers,
        needs=(*_ANSWERS, "schema"),
    ),
    Fact(key="queues", claim="The queues run", check=queues.queues_run, needs=("settings",)),
    Fact(
        key="work",
        claim="Queued work reaches queue_worker",
        check=settings.work_reaches_the_worker,
        needs=("settings",),
    ),
    Fact(
        key="notices",
        claim="bucket_watcher accepts Eventarc's audience",
        check=settings.notices_fit,
        needs=("settings",),
    ),
    Fact(
        key="roles",
        claim="Each account has its roles",
        check=roles.accounts_have_their_roles,
        needs=("settings", "queues"),
    ),
    Fact(
        key="folders",
        claim="Jobs write their folders and no others",
        check=folders.jobs_write_their_folders,
        needs=("settings", "roles"),
    ),
    Fact(
        key="buckets",
        claim="Buckets keep and delete as designed",
        check=storage.buckets_keep_as_designed,
        needs=("settings",),
    ),
    Fact(key="cors", claim="Pages may read files of the buckets", check=storage.pages_may_read, needs=("buckets",)),
    Fact(key="benchling", claim="Benchling answers", check=surroundings.warehouse_answers, needs=_ANSWERS),
    Fact(key="image", claim="The image of head jobs exists", check=surroundings.head_image_exists, needs=("settings",)),
    Fact(key="alerts", claim="Alerts exist", check=surroundings.alerts_exist),
    Fact(key="budget", claim="A budget exists", check=surroundings.budget_exists),
    Fact(key="cancel", claim="A cancelled run leaves nothing", check=runs.cancel_leaves_nothing, needs=_WAY),
    Fact(key="resume", claim="A recovery resumes and completes", check=runs.recovery_resumes, needs=("cancel",)),
    Fact(key="streams", claim="Streams arrive as they happen", check=runs.streams_flow, needs=("resume",)),
    Fact(key="links", claim="Signed links download", check=runs.links_download, needs=("resume",)),
    Fact(key="archive", claim="The archive of logs is built", check=runs.archive_is_built, needs=("resume",)),
    Fact(
        key="ingest",
        claim="A notice brings a log to the database",
        check=runs.notice_arrives,
        needs=("resume", "notices"),
    ),
    Fact(key="timer", claim="The timer calls queue_worker", check=queues.timer_calls),
)
