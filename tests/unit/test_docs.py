"""The documents say what is so: links lead somewhere, commands exist, locks are complete."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import overt
from tests.needs import REPOSITORY

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("bench/*.md")])
DECISIONS = sorted(REPOSITORY.glob("docs/decisions/[0-9]*.md"))
LOCKS = {"run": REPOSITORY / "requirements/run.txt", "dev": REPOSITORY / "requirements/dev.txt"}
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))


def locked(lock: str) -> dict[str, str]:
    """Name and version of every package of a lock that this Python would install."""
    pins: dict[str, str] = {}
    for line in LOCKS[lock].read_text("utf-8").splitlines():
        if line and not line.startswith(" "):
            pin = Requirement(line.removesuffix("\\"))
            if pin.marker is None or pin.marker.evaluate():
                pins[canonicalize_name(pin.name)] = str(pin.specifier).removeprefix("==")
    return pins


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_to_a_file_of_the_repository_leads_there(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in link and not link.startswith("mailto:"):
            assert (path.parent / link).exists(), f"{name(path)} links to {link}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_make_command_in_the_documents_exists(path: Path) -> None:
    named = set(re.findall(r"(?:`|^\s*|\$ )make ([a-z]+)\b", path.read_text("utf-8"), re.MULTILINE))
    assert named <= targets(), name(path)


def test_make_without_a_target_explains_every_target() -> None:
    opening = (REPOSITORY / "Makefile").read_text("utf-8").partition(".DEFAULT_GOAL")[0]
    explained = set(re.findall(r"^#   make ([a-z]+)", opening, re.MULTILINE))
    assert explained == targets() - {"help", "static"}


def test_the_readme_marks_the_test_command_that_ci_runs() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert re.search(r"<!-- test command -->\s*```sh\nmake test\n```", readme)


@pytest.mark.parametrize("path", DECISIONS, ids=name)
def test_a_decision_is_at_most_a_page_and_answers_the_four_questions(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 60
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["The question", "What we do", "Why", "What it costs"]
    assert f"# {path.name[:4]}. " in text
    assert path.name in (REPOSITORY / "docs/decisions/README.md").read_text("utf-8")


def test_the_changes_speak_of_the_version_that_is_installed() -> None:
    newest = re.search(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == overt.__version__


def test_the_licence_is_the_whole_text_of_apache_2() -> None:
    digest = hashlib.sha256((REPOSITORY / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert PROJECT["license"] == "Apache-2.0"


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_a_lock_holds_names_versions_and_digests_and_nothing_else(lock: str) -> None:
    pin = r"[a-z0-9.-]+==[\w.+!]+(?: ; [\w '\"<>=!.()]+)? \\"
    for line in LOCKS[lock].read_text("utf-8").splitlines():
        assert re.fullmatch(pin, line) or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), line


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_a_lock_meets_what_the_project_asks_for(lock: str) -> None:
    pins = locked(lock)
    wanted = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"]["dev"] if lock == "dev" else [])]
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
    assert {"setuptools", "wheel"} <= set(pins)


def test_both_locks_agree() -> None:
    run, dev = locked("run"), locked("dev")
    assert run == {package: dev[package] for package in run}
