"""What the image of head jobs brings: the registry's releases and the plugins that they and Nextflow itself need.

headjob/fetch.sh reads the two lists while the image is built.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common.domain.pipelines.pipeline import Pipeline
from common.services.pipelines.release_files import RELEASES, read_pipelines

HEADJOB: Final = Path(__file__).parents[2] / "headjob"
NONE: Final = "-"  # read in a shell loses empty fields between tabs

# A launch on Google Batch with a cache in a bucket loads these, in the versions that Nextflow 25.10.4 names in its
# META-INF/plugins-info.txt. With any other version it would ask the registry of plugins.
CORE_PLUGINS: Final = ("nf-google@1.23.5", "nf-cloudcache@0.5.0")
CORE_OF: Final = "25.10.4"

_RELEASES_HEAD: Final = "# pipeline\tversion\tcommit\tparser\tnotes; written by make head-image\n"
_PLUGINS_HEAD: Final = "# plugin\tsha256 of its files; written by make head-image, except for the checksums\n"


def nextflow_version(folder: Path = HEADJOB) -> str:
    """The Nextflow in the image, such as 25.10.4."""
    found = re.search(
        r"^nextflow (\d+\.\d+\.\d+),", (folder / "nextflow.tsv").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise ValueError("headjob/nextflow.tsv does not name a version of Nextflow")
    return found[1]


def contents(registry: Path = RELEASES, folder: Path = HEADJOB) -> dict[str, str]:
    """The text of each list, by file name; the checksums of plugins in the present list are kept."""
    pipelines = read_pipelines(registry)
    checksums = _checksums(folder / "plugins.tsv")
    named = {name for pipeline in pipelines for release in pipeline.versions for name in release.launch.plugins}
    plugins = (f"{name}\t{checksums.get(name, NONE)}\n" for name in [*CORE_PLUGINS, *sorted(named - {*CORE_PLUGINS})])
    return {
        "releases.tsv": _RELEASES_HEAD + "".join(_release_lines(pipelines)),
        "plugins.tsv": _PLUGINS_HEAD + "".join(plugins),
    }


def _release_lines(pipelines: list[Pipeline]) -> Iterator[str]:
    for pipeline in pipelines:
        # the default release last: its files are those that stay checked out, so its launches have nothing to switch
        for release in reversed(pipeline.versions):
            needs = release.launch
            notes = "reads_site_configs" if needs.reads_site_configs else NONE
            fields = (pipeline.name, release.version, needs.commit, needs.parser or NONE, notes)
            if needs.commit:
                yield "\t".join(fields) + "\n"


def _checksums(path: Path) -> dict[str, str]:
    """The checksum of each plugin in the list at `path`."""
    if not path.exists():
        return {}
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return dict(line.split("\t") for line in lines)
