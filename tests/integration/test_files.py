"""The files of a run: the list from the API, the contents by signed links from Storage."""

import requests

from localdev.stack.environment import url
from localdev.stack.stack import Stack
from tests.support.run_requests import run_of_one_sample


def test_the_inputs_of_a_run_are_listed_and_their_links_need_no_identity(stack: Stack) -> None:
    runs, caller = f"{url(stack.ports.gateway)}/api/runs", {"X-Dev-User": "files@lab.example"}
    run = requests.post(runs, json=run_of_one_sample(), headers=caller, timeout=30).json()["run_id"]
    page = requests.get(f"{runs}/{run}/files", headers=caller, timeout=30).json()
    files = {file["name"]: file for file in page["files"]["inputs"]}
    sheet = requests.get(files["samplesheet.csv"]["download_url"], timeout=30)

    assert {"samplesheet.csv", "params.yaml", "nextflow.config"} <= set(files)
    assert sheet.text.startswith("sample,fastq_1,fastq_2")
    assert len(sheet.content) == files["samplesheet.csv"]["size"]
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="{run}_inputs_samplesheet.csv"'
