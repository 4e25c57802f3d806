"""Whatever checks a change runs the same script, and its file is one that it would accept."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.schemas import complaints

ROOT = Path(__file__).parents[2]
SCRIPT = ".ci/run"
FILES = {".gitlab-ci.yml": "vendor.gitlab-ci", ".github/workflows/ci.yml": "vendor.github-workflows"}


def jobs_of(name: str) -> dict[str, Any]:
    content = yaml.safe_load((ROOT / name).read_text())
    if name.startswith(".github"):
        return dict(content["jobs"])
    return {job: body for job, body in content.items() if "script" in body}


def commands_of(job: dict[str, Any]) -> list[str]:
    steps = [step["run"] for step in job.get("steps", []) if "run" in step]
    return [line.strip() for text in (*job.get("script", []), *steps) for line in text.splitlines()]


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_the_public_schema_accepts_the_file(name: str, schema: str) -> None:
    assert complaints(ROOT / name, schema) == ""


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_the_schema_refuses_a_file_that_is_wrong(name: str, schema: str, tmp_path: Path) -> None:
    """So its silence above says something."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / name).read_text() + "\nnothing-like-this: [1, 2]\n")
    assert "nothing-like-this" in complaints(wrong, schema)


@pytest.mark.parametrize("name", FILES)
def test_every_job_runs_what_we_run_ourselves(name: str) -> None:
    jobs = jobs_of(name)
    assert jobs
    for job in jobs.values():
        assert SCRIPT in commands_of(job)
    assert (ROOT / SCRIPT).stat().st_mode & 0o111


def test_the_script_runs_every_stage() -> None:
    lines = (ROOT / SCRIPT).read_text().splitlines()
    stages = ["make lint", "make test", "make test-image", "make test-clients"]
    assert [line for line in lines if line.startswith("make ")] == stages


@pytest.mark.parametrize("name", FILES)
def test_jobs_run_on_the_oldest_python_that_the_lock_is_for(name: str) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert 'requires-python = ">=3.11"' in text
    assert "python:3.11-bookworm" in (ROOT / name).read_text()
