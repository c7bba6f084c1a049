"""What the person who starts a run can correct: config, options, parameters, samplesheet, revision, plugins."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import STATED, TOLD, EvidenceSource, classes, words

# above all that judges words of scripts: these name a setting
CONFIG_RULES = (
    words(
        CauseClass.CONFIG_ERROR,
        (*TOLD, EvidenceSource.NOTED),
        r"Unable to parse config file|Config parsing failed|Unknown config(?:uration)? (?:profile|attribute|settings)"
        r"|Process requirement exceeds? available|Invalid AWS Batch job definition|Unknown executor name"
        r"|[Uu]nknown option|(?:Config|params) file does not exist|config file include|\bparams file\b"
        r"|Not a valid config|Invalid configuration property|Missing required parameter|Missing required field"
        r"|Validation of (?:pipeline parameters|samplesheet|file) failed|following (?:errors have been detected in"
        r"|invalid input values have been detected)",
    ),
    # typed parameters of the strict syntax, and parameters as options of a process that is run alone
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"\bParameter `[^`]{1,200}` (?:is required but|was specified on the command line|with type )"
        r"|\bParameter '--[^']{0,200}' expects |\bParameter `--[^`]{1,200}`",
    ),
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"\bNextflow version \S{1,60} does not match (?:\w{1,20} ){0,2}(?:version|required)"
        r"|\brequires Nextflow version\b|\bFailed requirement - \b|\bcontainer image was not specified\b"
        r"|\bMissing (?:Google project|`project_id`|personal access token|Google credentials|container image"
        r"|SCM config)\b",
    ),
    # names of settings in Nextflow's own messages
    words(
        CauseClass.CONFIG_ERROR,
        (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION),
        r"(?i:\bcommand line options?\b|\b(?:config(?:uration)?) (?:option|setting|attribute|env|entry|scope|element)\b"
        r"|\bconfiguration (?:attribute|value|property)\b|\bin (?:your|the) (?:nextflow config|nextflow\.config|config"
        r" file)"
        r"|\bin your environment\b|\benvironment variable NXF_|\bNXF_[A-Z_]{2,40} (?:setting|environment)\b)"
        r"|'(?:wave|google|process|tower|conda|docker|fusion|report|timeline|trace|dag)\.[\w.]{1,60}'"
        r"|`(?:process|agent|manifest|dag)\.[\w.]{1,60}`|\bconda\.\w{1,30}\b|\bresourceLimits\b"
        r"|\bDirective '[\w.]{1,60}' cannot be\b|\bthe option `-|\boption `-|`-[\w-]{1,30}` option\b",
    ),
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"\bNot a valid (?:(?:memory|disk|duration|FileSize) (?:unit|value)|'?memory'? value|file size unit"
        r"|duration value)"
        r"|\bNot a valid '?`?\w{1,30}`?'? value in process definition\b|\bInvalid submit-rate-limit\b"
        r"|\bNot a valid (?!path\b)`?\w{1,30}`? (?:value|configuration value): |\bUnknown container engine\b"
        r"|\bexecutor class\b|\bfor specified executor\b|\bWave (?:does not support|container)\b|\bFusion requires\b"
        r"|\bNot a supported memory value\b|\bsingularity launch command\b"
        r"|\b(?:`\w{1,30}`|\w{1,30}Options?|clusterOptions) (?:process )?directive\b|\bfor directive `\w{1,30}`"
        r"|\bUnknown error strategy\b|\bEndpoint URL\b|\bcontainer config URL\b|\bregistry URL\b|\bprotocol prefix\b"
        r"|\b(?:Conda|Spack) (?:prefix path|environment (?:file|definition|YAML|explicit))\b"
        r"|\bError (?:parsing|reading) (?:Conda|Spack)\b|\bCannot store (?:Conda|Spack) environments\b"
        r"|\bUnknown (?:stage-in|stage-out) strategy\b|\btrace field\b|\bfile system provider for scheme\b"
        r"|\binvalid URL scheme\b|\bMalformed (?:file URI|repository URL)\b|\bconflict(?:s)? each other\b"
        r"|\bUnknown file publish mode\b|\bInvalid publishDir\b|\bpublish target path\b|\bworkspace ID\b"
        r"|\b(?:local|Local) executor requires\b|\brequires the use of (?:an object storage|POSIX)\b"
        r"|\bCannot find specified library\b|\bCloud-cache\b|\bsecrets (?:feature|provider)\b|\bresolve secrets\."
        r"|\bsecret store\b|\bNot a valid environment value\b"
        r"|\bnotification (?:template|default)\b|\bNot a valid template file type\b",
    ),
    classes(
        CauseClass.CONFIG_ERROR,
        "ConfigParseException IllegalConfigException SchemaValidationException ConfigValidationException"
        " ParameterException InvalidConfigException MessagingException AddressException",
    ),
)

# repositories, revisions and plugins are named by whoever starts the run
PROJECT_RULES = (
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"\bCannot find (?:revision|the specified project)\b|\bCannot find `[^`]{1,200}` -- Make sure\b"
        r"|\bRemote resource not found\b|\bNot a valid Nextflow project\b|\bMissing project main script\b"
        r"|\bNo (?:commit found for revision|match found for)\b|\bRemote branch .{1,200} not found\b"
        r"|\bUnknown (?:project|repository)\b|\bis currently stuck on revision\b|\bcontains uncommitted changes\b"
        r"|\bRevision option cannot be used\b|\bGit (?:URL|provider config|repository (?:provider|configuration))\b"
        r"|\bRemote origin did not advertise Ref\b|\bCannot be resolved to a commit\b",
    ),
    # a checkout that is damaged can be made again
    words(
        CauseClass.INTERNAL_ERROR,
        STATED,
        r"\bRepository may be corrupted\b|\bTimed out while waiting to (?:publish|finish)\b"
        r"|\bMissing cache index file\b|\bFailed to (?:create module bundle|compute bundle checksum)\b"
        r"|\bUnable to (?:update revision|replace plugin template)\b",
    ),
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"(?i:\bplugin (?:with id )?\S{1,100} (?:not found|does not exist|cannot be updated|requires nextflow)"
        r"|\b(?:unknown|refuse to use|missing|cannot find (?:latest version of|version for) \S{1,100}) (?:nextflow )?"
        r"plugin\b"
        r"|\bplugin versions must be specified|\bunable (?:to )?start plugin\b|\bplugin (?:id|path|system) "
        r"|\bplugins? (?:registry|repository)\b)",
    ),
    classes(
        CauseClass.CONFIG_ERROR,
        "RefNotFoundException InvalidRefNameException RevisionSyntaxException InvalidRemoteException"
        " RemoteRepositoryException RepositoryNotFoundException NoRemoteRepositoryException PluginNotFoundException"
        " InvalidPluginDescriptorException DependencyResolver.DependenciesNotFoundException NotSupportedException",
    ),
)

# what a pipeline writes by `error` or `log.error`: it complains of what it was given, or of its own state
COMPLAINT_RULES = (
    words(
        CauseClass.CONFIG_ERROR,
        (EvidenceSource.PIPELINE,),
        r"(?i:--\w|\bparam(?:eter)?s?\b|\bsample ?sheet\b|\bprofile\b|\bgenome\b|\boptions?\b|\bspecif(?:y|ied)\b"
        r"|\bprovided?\b|\brequire[sd]?\b|\bmissing\b|\binvalid\b|\bnot (?:a )?(?:valid|supported|allowed|found)\b"
        r"|\bmust\b|\bplease\b|\bunknown\b|\bunrecogni[sz]ed\b)",
    ),
)
