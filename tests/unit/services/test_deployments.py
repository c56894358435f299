"""What makes a deployment the one that was signed, and how it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import BadDeployment, BadWatchList
from overt.domain.roles import NotAllowed, Role, RolesOpposed
from overt.domain.rules import RecognitionRules
from overt.faces.pack import default_pack
from overt.ledger.entry import SYSTEM, Entry
from overt.services.acting import policy_of
from overt.services.case import Case
from overt.services.deployments import (
    DOCUMENT,
    NotEntered,
    add_deployment,
    deployment_digest,
    entered,
    entered_row,
    file_digest,
    find_deployment,
    known_row,
    manifest_digest,
)
from overt.services.erase import erase_list
from overt.services.people import Account
from overt.store.records import DeploymentRow
from tests.authority import KEY, case_in, public
from tests.deployed import Site
from tests.people import person


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def case(site: Site) -> Case:
    return site.case()


def added(site: Site, case: Case, by: Account, digest: str = "d" * 64) -> DeploymentRow:
    return add_deployment(
        site.installation, digest, case.deployment, by=by, policy=case.policy, policy_text=case.policy_text, rows=3
    )


def test_a_deployment_is_entered_with_its_policy_and_its_documents(site: Site) -> None:
    (site.folder / "dpia.pdf").write_bytes(b"%PDF")
    case = site.case(documents=("signs", "dpia"))
    text = case.path.read_text().replace('kind = "dpia"', 'kind = "dpia"\nfile = "dpia.pdf"')
    case.path.write_text(text)
    case, manager = case_in(case.path), site.by(Role.LIST_MANAGER)
    row = added(site, case, manager)
    assert added(site, case, manager) == row
    assert (row.policy, row.policy_digest, row.made_by) == ("mild", case.policy.digest, manager.id)
    assert (row.terms["cameras"], row.terms["rows"]) == (1, 3)
    assert site.installation.store.read(lambda work: policy_of(work, row)) == case.policy
    papers = [one for one in site.installation.store.read(lambda w: w.papers.of(row.id)) if one.kind == DOCUMENT]
    papers.sort(key=lambda paper: paper.about)
    assert [(one.about, one.content["reference"], one.content["version"]) for one in papers] == [
        ("dpia", "dpia 1", "1"),
        ("signs", "signs 1", "1"),
    ]
    assert [one.content["sha256"] for one in papers] == [file_digest(site.folder / "dpia.pdf"), None]
    entries = [Entry.from_bytes(one.entry) for one in site.installation.store.read(lambda w: list(w.ledger.rows()))]
    assert [one.kind for one in entries] == ["paper.filed"] * 3 + ["deployment.made"]
    assert [one.facts["kind"] for one in entries[:3]] == ["acted", DOCUMENT, DOCUMENT]
    assert entries[-1].facts["policy_digest"] == case.policy.digest
    assert entries[-1].facts["cameras"] == 1


def test_a_rehearsal_enters_one_without_policy_or_person(site: Site, case: Case) -> None:
    row = add_deployment(site.installation, "d" * 64, case.deployment)
    assert (row.policy, row.policy_digest, row.made_by) == (case.deployment.policy, "", SYSTEM)
    assert add_deployment(site.installation, "d" * 64, case.deployment) == row
    assert site.installation.store.read(lambda work: work.papers.of(row.id)) == []


def test_only_who_may_enters_a_row_or_finds_it_entered(site: Site, case: Case) -> None:
    operator = site.by(Role.OPERATOR)
    for _ in range(2):
        with pytest.raises(NotAllowed):
            added(site, case, operator)
        added(site, case, site.by(Role.LIST_MANAGER))


def test_who_signs_for_one_deployment_enters_no_list_for_it(site: Site) -> None:
    case = site.case(authority={"authorised_by": "both"})
    row = site.enter(case)
    both = person(
        site.installation, "both", Role.AUTHORISING_OFFICER, Role.LIST_MANAGER, key=public(KEY), rank="superintendent"
    )
    site.sign(case, row, by=both)
    with pytest.raises(RolesOpposed):
        added(site, case, both, digest=row.digest)


def test_a_deployment_is_found_by_its_digest_or_its_id(site: Site, case: Case) -> None:
    installation = site.installation
    with pytest.raises(NotEntered, match="not entered as it stands now"):
        entered_row(installation, case.digest())
    row = site.enter(case)
    assert entered_row(installation, case.digest()) == row
    found, sealed = entered(installation, case.digest())
    assert found == row
    assert find_deployment(installation, row.digest) == (row, sealed)
    assert known_row(installation, row.id.upper()) == row
    with pytest.raises(NotEntered, match="no deployment"):
        known_row(installation, "x")
    erase_list(installation, sealed.id, "by-hand")
    with pytest.raises(NotEntered, match="was erased"):
        entered(installation, case.digest())


def edit(what: str, to: str) -> Callable[[Case], object]:
    def act(case: Case) -> object:
        text = case.path.read_text()
        assert what in text
        return case.path.write_text(text.replace(what, to))

    return act


def picture(case: Case) -> Path:
    assert case.deployment.folder is not None
    return case.deployment.folder / "ann.png"


CHANGES: dict[str, Callable[[Case], object]] = {
    "a byte of the file": edit("there", "their"),
    "a comment in the file": lambda case: case.path.write_bytes(case.path.read_bytes() + b"#"),
    "a byte of the policy": lambda case: Path(case.deployment.policy).write_text(
        Path(case.deployment.policy).read_text().replace("max_hours]\nis = 24.0", "max_hours]\nis = 23.0")
    ),
    "a picture": lambda case: picture(case).write_bytes(picture(case).read_bytes() + b"\0"),
    "a picture's name": lambda case: picture(case).rename(picture(case).with_name("anne.png")),
    "the table": lambda case: (picture(case).parent / "entries.csv").write_text("reference\nann\n"),
    "a picture more": lambda case: (picture(case).parent / "eve.png").write_bytes(picture(case).read_bytes()),
    "a document": lambda case: (case.path.parent / "dpia.pdf").write_bytes(b"%PDF-2"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_changed_makes_it_another_deployment(site: Site, what: str) -> None:
    (site.folder / "dpia.pdf").write_bytes(b"%PDF")
    case = site.case()
    case.path.write_text(case.path.read_text().replace('kind = "signs"', 'kind = "signs"\nfile = "dpia.pdf"'))
    before = case_in(case.path)
    assert case_in(case.path).digest() == before.digest()
    digest = before.digest()
    CHANGES[what](before)
    assert case_in(case.path).digest() != digest


def test_other_settings_or_another_model_make_it_another_deployment(site: Site, case: Case) -> None:
    pack, rules = default_pack(), RecognitionRules()

    def digest(rules: RecognitionRules = rules, **changes: object) -> str:
        return deployment_digest(case.path, case.deployment, case.policy, rules, replace(pack, **changes))  # type: ignore[arg-type] # one varies

    assert digest() == case.digest()
    found = {
        digest(),
        digest(replace(rules, agree_margin=0.09)),
        digest(name="other"),
        digest(calibration=None),
        digest(embedder=replace(pack.embedder, sha256="0" * 64)),
        digest(detector=replace(pack.detector, sha256="0" * 64)),
    }
    assert len(found) == 6


def test_a_file_that_was_another_one_when_it_was_read_is_another_deployment(site: Site, case: Case) -> None:
    """Somebody puts a looser file there, waits until it is read, and puts the signed one back."""
    signed, content = case.digest(), case.path.read_bytes()
    case.path.write_bytes(content.replace(b"camera 0", b"camera 9"))
    looser = case_in(case.path)
    case.path.write_bytes(content)
    assert case_in(case.path).digest() == signed
    assert looser.digest() != signed


def test_a_deployment_that_lies_elsewhere_is_the_same_one(site: Site, case: Case, tmp_path: Path) -> None:
    digest = case.digest()
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in list(site.folder.iterdir()):
        if path != moved:
            path.rename(moved / path.name)
    assert case_in(moved / case.path.name).digest() == digest


@pytest.mark.parametrize("part", ["file", "picture"])
def test_what_cannot_be_read_says_so(site: Site, case: Case, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = case.path if part == "file" else picture(case)
    opened = Path.open

    def closed(self: Path, *arguments: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)  # type: ignore[call-overload] # as it was called

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(BadDeployment if part == "file" else BadWatchList, match="Permission denied"):
        file_digest(path) if part == "file" else manifest_digest(picture(case).parent)


def test_a_list_without_a_table_has_a_digest_too(site: Site, case: Case) -> None:
    (picture(case).parent / "entries.csv").unlink()
    assert len(manifest_digest(picture(case).parent)) == 64
