"""Paths of one's own computer are faults, files of other sites bring one note of each kind."""

import pytest

from common.domain.pipelines.addresses import MOST_OWN_PATHS, other_sites, own_paths
from common.domain.pipelines.param_hints import param_hints
from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet

TEXT = ParamType.STRING
RELEASE = PipelineVersion(
    pipeline="lab/x",
    version="1.0.0",
    groups=(),
    params=(
        Param(name="fasta", type=TEXT, title="", group="", format="file-path", default="/opt/default.fa"),
        Param(name="regex", type=TEXT, title="", group=""),
        Param(name="genome", type=TEXT, title="", group=""),
        Param(name="igenomes_ignore", type=ParamType.BOOLEAN, title="", group=""),
        Param(name="mode", type=TEXT, title="", group="", suggestions=("fast", "slow"), aliases={"quick": "fast"}),
    ),
    columns=(
        Column(name="sample", type=TEXT, title="", required=True),
        Column(name="reads", type=TEXT, title="", format="file-path"),
    ),
    genomes=("GRCh38", "GRCm39"),
)
OWN = [
    "/data/a.fq.gz", "C:\\data\\a.fq.gz", "d:/data/a.fq.gz", "~/a.fq.gz", "~ana/a.fq.gz", "file:///data/a.fq.gz",
    "./a.fq.gz", "../a.fq.gz", "\\\\server\\share\\a.fq.gz", "//server/share/a.fq.gz",
]  # fmt: skip
ELSEWHERE = ["gs://lab/a.fq.gz", "s3://lab/a.fq.gz", "https://x.org/a.fq.gz", "a/b.fq.gz", "a.fq.gz"]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_one_s_own_computer_is_a_fault_with_its_place(path: str) -> None:
    sheet = read_sample_sheet(f"sample,reads,note\na,gs://lab/a.fq.gz,{path}\nb,{path},\n", RELEASE)
    assert sheet.faults == ()
    (cell,) = own_paths(RELEASE, {}, sheet.paths)
    assert (cell.row, cell.column) == (3, "reads")
    assert "give its gs:// address" in cell.message
    (param,) = own_paths(RELEASE, {"fasta": path, "regex": path}, ())
    assert param.field == "params.fasta"


@pytest.mark.parametrize("path", ELSEWHERE)
def test_other_paths_are_no_faults(path: str) -> None:
    sheet = read_sample_sheet(f"sample,reads\na,{path}\n", RELEASE)
    assert own_paths(RELEASE, {"fasta": path}, sheet.paths) == []


def test_the_default_of_a_parameter_may_be_a_path_of_an_image() -> None:
    assert own_paths(RELEASE, {"fasta": "/opt/default.fa"}, ()) == []


def test_only_the_first_own_paths_are_listed() -> None:
    rows = "".join(f"a,/data/{number}\n" for number in range(MOST_OWN_PATHS + 5))
    found = own_paths(RELEASE, {}, read_sample_sheet(f"sample,reads\n{rows}", RELEASE).paths)
    assert (len(found), found[-1].message) == (MOST_OWN_PATHS + 1, "and more like these")


def test_each_kind_of_site_brings_one_note_at_its_first_place() -> None:
    rows = "a,s3://lab/1\nb,s3://lab/2\nc,https://x.org/3\nd,gs://lab/4\n"
    found = other_sites(RELEASE, {}, read_sample_sheet(f"sample,reads\n{rows}", RELEASE).paths)
    assert [(note.row, note.message.partition(":")[0]) for note in found] == [(2, "'s3"), (4, "'https")]
    assert "and so are 1 others" in found[0].message
    assert "without credentials only if it is public" in found[0].message


@pytest.mark.parametrize(
    ("params", "config", "hint"),
    [
        ({"genome": "GRCh38"}, None, None),
        ({"genome": "GRCh37"}, None, "lab/x 1.0.0 has no genome 'GRCh37' (did you mean GRCh38?)"),
        ({"genome": "GRCh37", "igenomes_ignore": True}, None, None),
        ({"genome": "GRCh37"}, "params.genomes.GRCh37.fasta = 'gs://lab/x.fa'", None),
        ({"genome": "GRCh37", "custom_config_base": "gs://lab"}, None, None),
        ({"mode": "fast"}, None, None),
        ({"mode": "quick"}, None, None),
        ({"mode": "odd"}, None, "'odd' is not one of the usual values: fast or slow"),
        ({"mode": " "}, None, "is empty, so it counts as left out"),
        ({"mode": 1}, None, None),
    ],
)
def test_probable_mistakes_in_parameters_bring_a_hint(
    params: dict[str, object], config: str | None, hint: str | None
) -> None:
    found = [warning.message for warning in param_hints(RELEASE, params, config)]
    assert [message.startswith(hint or "") for message in found] == ([True] if hint else [])
