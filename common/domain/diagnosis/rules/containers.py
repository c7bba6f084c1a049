"""Container images: registries, Docker, Podman, Singularity, Wave, and environments of Conda and Spack."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import STATED, STATED_OR_PRINTED, EvidenceSource, classes, words

_COMMAND = (EvidenceSource.COMMAND,)
_DOCKER = r"^(?:docker|podman): "

CONTAINER_RULES = (
    words(
        CauseClass.IMAGE_PULL,
        STATED_OR_PRINTED,
        r"\b(?:Err)?ImagePull(?:BackOff)?\b|\bCannotPull\w{1,60}Error\b|pull access denied|manifest unknown"
        r"|manifest for \S{1,300} not found"
        r"|(?i:unable to pull|error pulling image|failed to pull |cannot pull (?:\w{1,30} )?image"
        r"|while making image from oci registry|you have reached your pull rate limit|\btoomanyrequests: "
        r"|requested access to the resource is denied|error reading manifest|initializing source docker://)",
    ),
    # Wave, https://docs.seqera.io/wave: what is asked of it is always a container
    words(
        CauseClass.IMAGE_PULL,
        STATED,
        r"\bWave invalid response\b|\bWave build\b|\bWave provisioning for container\b|containerContainerConfigUrl",
    ),
    words(
        CauseClass.IMAGE_PULL,
        STATED,
        r"(?i:unable to connect wave service|cannot create (?:conda|spack) environment|unable to find any container"
        r"|cannot read fusion container config)",
    ),
    classes(CauseClass.IMAGE_PULL, "BadResponseException ContainerBuildException WaveException"),
    # `docker run` ends with 125 if it could not start a container (docs.docker.com, "Exit status")
    words(
        CauseClass.IMAGE_PULL,
        _COMMAND,
        rf"{_DOCKER}.{{0,300}}?(?i:\bunauthorized\b|\bdenied: |\bmanifest\b|\b(?:https?://|registry|/v[12]/)"
        r"|\bTLS handshake|\bx509\b|\b5\d\d (?:internal|bad|service|gateway|server)|\bno such host\b"
        r"|invalid reference format"
        r"|\bnot found\b|\bpull\b|\bcontent size of zero"
        r"|failed to (?:register|copy|resolve|extract) |unexpected EOF|i/o timeout)",
        codes=(125,),
    ),
    words(
        CauseClass.CONFIG_ERROR,
        _COMMAND,
        rf"{_DOCKER}.{{0,200}}?(?i:\bunknown (?:shorthand )?flag\b|invalid (?:mount|volume|argument|value)"
        r"|could not select device)"
        # older releases of Docker complain of their options without their name
        r"|^unknown (?:shorthand )?flag: |^invalid argument \"[^\"]{0,200}\" for ",
        codes=(125,),
    ),
    words(
        CauseClass.PERMISSION,
        _COMMAND,
        rf"{_DOCKER}.{{0,100}}?\bpermission denied while trying to connect\b",
        codes=(125,),
    ),
    # whoever runs Docker on that machine has to start it: no fault of Nextflow or the cloud
    words(
        CauseClass.COMMAND_FAILED,
        _COMMAND,
        rf"{_DOCKER}.{{0,100}}?(?:\bCannot connect to the Docker daemon\b|\bdial unix .{{0,100}}\brefused\b)",
        codes=(125,),
    ),
    words(CauseClass.INTERNAL_ERROR, _COMMAND, _DOCKER, codes=(125,)),
)
