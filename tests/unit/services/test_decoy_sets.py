"""Sets of decoys: who imports what, what is refused, and how a set ends."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role
from overt.faces.mark import served
from overt.services.decoy_pictures import PairContent, shots_of
from overt.services.decoy_sets import TABLE, BadDecoys, bound_to, decoy_sets, erase_set, import_decoys
from overt.services.evidence import BadContent, packed
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.terms import nominal
from overt.store.records import State
from overt.testing.toy_reader import ToyFace, ToyReader, paint
from overt.vault.seal import unseal
from tests.decoying import Stage, imported, pair_row, write_pairs
from tests.histories import History
from tests.installations import kinds
from tests.people import person


@pytest.fixture
def installation() -> Installation:
    return History().installation


@pytest.fixture
def lisa(installation: Installation) -> Account:
    return person(installation, "lisa", Role.LIST_MANAGER)


def test_a_set_is_sealed_with_a_key_of_its_own_and_told_in_counts(
    installation: Installation, lisa: Account, tmp_path: Path
) -> None:
    asked: list[tuple[int, int]] = []
    until_us = installation.clock.now_us() + DAY_US
    found = import_decoys(
        installation,
        write_pairs(tmp_path, pairs=3),
        ToyReader(),
        by=lisa,
        until_us=until_us,
        progress=lambda done, of: asked.append((done, of)),
    )
    assert (found.pairs, found.same, found.left_out) == (3, 2, ())
    assert asked == [(1, 3), (2, 3), (3, 3)]
    assert f"decoys-{found.decoy_set}" in installation.keyring.names()
    (seen,) = decoy_sets(installation, lisa)
    assert (seen.left, seen.same, seen.row.pairs, seen.row.erase_after_us) == (3, 2, 3, until_us)
    assert kinds(installation)[-1] == "decoys.imported"
    pairs = installation.store.read(lambda work: work.decoys.pairs(found.decoy_set))
    assert b"AB0000" not in pairs[0].sealed
    key = installation.keyring.get(f"decoys-{found.decoy_set}")
    content = PairContent.from_bytes(unseal(key, bound_to(found.decoy_set, 0), pairs[0].sealed))
    assert (content.reference, content.consent, content.response) == ("AB0000", "consent form 0", "arrest")
    assert content.templates.shape == (2, 128)
    assert len(content.shots) == 3


def test_only_a_list_manager_or_an_evaluator_has_to_do_with_them(installation: Installation, tmp_path: Path) -> None:
    eva = person(installation, "eva", Role.EVALUATOR)
    done = imported(installation, tmp_path, eva, pairs=1)
    for role in (Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR):
        somebody = person(installation, f"a {role}", role)
        with pytest.raises(NotAllowed):
            imported(installation, tmp_path, somebody, pairs=1)
        with pytest.raises(NotAllowed):
            decoy_sets(installation, somebody)
        with pytest.raises(NotAllowed):
            erase_set(installation, somebody, done.decoy_set)


@pytest.mark.parametrize("decides", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER])
@pytest.mark.parametrize("keeps", [Role.LIST_MANAGER, Role.EVALUATOR])
def test_nobody_who_decides_keeps_the_decoys_that_test_them(
    installation: Installation, lisa: Account, tmp_path: Path, keeps: Role, decides: Role
) -> None:
    done = imported(installation, tmp_path, lisa, pairs=1)
    both = person(installation, "both", keeps, decides)
    for refused in (
        lambda: imported(installation, tmp_path, both, pairs=1),
        lambda: decoy_sets(installation, both),
        lambda: erase_set(installation, both, done.decoy_set),
    ):
        with pytest.raises(NotAllowed, match="may decide about alerts"):
            refused()
    (seen,) = decoy_sets(installation, lisa)
    assert seen.row.state is State.KEPT


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pair": "../pair 0"}, "no plain name"),
        ({"pair": ""}, "no plain name"),
        ({"same": "perhaps"}, "neither yes nor no"),
        ({"consent": ""}, "no consent"),
        ({"consent": "12"}, "no consent"),
        ({"reference": ""}, "missing or another's"),
        ({"reference": "ab0001"}, "missing or another's"),
        ({"reference": "listed once"}, "was on a list"),
        ({"pair": "pair 9"}, "0 pictures named listed"),
    ],
    ids=range(9),
)
def test_a_pair_that_is_not_whole_is_left_out_with_its_reason(
    installation: Installation, lisa: Account, tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    deployment = installation.store.read(lambda work: work.deployments.all())[0].id
    digest = nominal(installation, "listed once")
    installation.store.write(lambda work: work.nominals.add(deployment, [digest]))
    rows = [pair_row(1), pair_row(0, **changes)]
    if "pair" in changes and not changes["pair"]:
        rows[1]["reference"] = "AB9"
    found = imported(installation, tmp_path, lisa, pairs=2, rows=rows)
    assert found.pairs == 1
    assert [why in one.why for one in found.left_out] == [True]


def test_a_picture_that_overt_has_shown_becomes_no_decoy(
    installation: Installation, lisa: Account, tmp_path: Path
) -> None:
    folder = write_pairs(tmp_path, pairs=1)
    busy = np.random.default_rng(7).integers(60, 200, (80, 80, 3)).astype(np.uint8)
    large = cv2.resize(busy, (700, 700), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    shown = served(large, ["possible match"])
    Image.fromarray(shown[:, :, ::-1]).save(folder / "pair 0" / "probe.png")
    until_us = installation.clock.now_us() + DAY_US
    found = import_decoys(installation, folder, ToyReader(), by=lisa, until_us=until_us)
    assert (found.decoy_set, found.pairs) == ("", 0)
    assert "no alert may feed a set of decoys" in found.left_out[0].why
    assert "decoys.imported" not in kinds(installation)


@pytest.mark.parametrize(
    ("faces", "why"), [((), "no face was found"), ((ToyFace(person=1, quirk="blurred"),), "blurred")], ids=range(2)
)
def test_a_picture_without_one_fit_face_is_refused(
    installation: Installation, lisa: Account, tmp_path: Path, faces: tuple[ToyFace, ...], why: str
) -> None:
    folder = write_pairs(tmp_path, pairs=1)
    picture = paint(*faces) if faces else np.full((60, 60, 3), 128, np.uint8)
    Image.fromarray(picture[:, :, ::-1]).save(folder / "pair 0" / "listed.png")
    until_us = installation.clock.now_us() + DAY_US
    found = import_decoys(installation, folder, ToyReader(), by=lisa, until_us=until_us)
    assert why in found.left_out[0].why


def test_a_picture_that_is_none_is_told(installation: Installation, lisa: Account, tmp_path: Path) -> None:
    folder = write_pairs(tmp_path, pairs=1)
    (folder / "pair 0" / "listed.png").write_bytes(b"no picture")
    until_us = installation.clock.now_us() + DAY_US
    (left_out,) = import_decoys(installation, folder, ToyReader(), by=lisa, until_us=until_us).left_out
    assert left_out.pair == "pair 0"


@pytest.mark.parametrize("days", [0, 367])
def test_a_set_ends_at_a_date_within_a_year(
    installation: Installation, lisa: Account, tmp_path: Path, days: int
) -> None:
    until_us = installation.clock.now_us() + days * DAY_US
    with pytest.raises(BadDecoys, match="366 days"):
        import_decoys(installation, write_pairs(tmp_path, pairs=1), ToyReader(), by=lisa, until_us=until_us)


@pytest.mark.parametrize("table", [None, b"pair;same", b"pair,reference,same,consent,response\n"], ids=range(3))
def test_a_table_that_is_none_is_refused(
    installation: Installation, lisa: Account, tmp_path: Path, table: bytes | None
) -> None:
    folder = write_pairs(tmp_path, pairs=1)
    (folder / TABLE).unlink()
    if table is not None:
        (folder / TABLE).write_bytes(table)
    with pytest.raises(BadDecoys):
        import_decoys(installation, folder, ToyReader(), by=lisa, until_us=installation.clock.now_us() + DAY_US)


def test_a_pair_that_is_named_twice_refuses_the_table(
    installation: Installation, lisa: Account, tmp_path: Path
) -> None:
    with pytest.raises(BadDecoys, match="twice"):
        imported(installation, tmp_path, lisa, pairs=1, rows=[pair_row(0), pair_row(0)])


def test_a_set_that_is_erased_is_gone(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    lisa = stage.people["lisa"]
    erase_set(stage.installation, lisa, stage.decoy_set)
    (seen,) = decoy_sets(stage.installation, lisa)
    assert (seen.row.state, seen.left, seen.same) == (State.ERASED, 0, 0)
    assert f"decoys-{stage.decoy_set}" not in stage.installation.keyring.names()
    assert kinds(stage.installation)[-2:] == ["decoys.erasing", "decoys.erased"]
    with pytest.raises(BadDecoys):
        erase_set(stage.installation, lisa, stage.decoy_set)


def test_how_many_are_left_tells_nothing_of_one_that_is_open(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    alert = stage.decoy()
    assert decoy_sets(stage.installation, stage.people["lisa"])[0].left == 4
    stage.real()
    assert stage.behind(alert).ended
    assert decoy_sets(stage.installation, stage.people["lisa"])[0].left == 3


def test_what_stands_for_the_passage_is_as_small_and_as_soft_as_one(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3)
    sharp = np.random.default_rng(5).integers(0, 255, (900, 900, 3)).astype(np.uint8)
    box = np.array([200, 200, 700, 700], np.float32)
    shots = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for one in shots_of(sharp, box, drawn)]
    assert len(shots) == 3
    assert all(one is not None and 90 <= one.shape[0] == one.shape[1] <= 256 for one in shots)
    widths = [one.shape[0] for one in shots if one is not None]
    assert widths == sorted(widths, reverse=True)
    small = shots_of(sharp[:60, :60], np.array([10, 10, 50, 50], np.float32), drawn)
    assert all(len(one) > 100 for one in small)
    assert tmp_path.exists()


def test_content_that_is_no_pair_is_refused() -> None:
    with pytest.raises(BadContent):
        PairContent.from_bytes(packed({"reference": "a"}, [b"1"]))
    with pytest.raises(BadContent):
        PairContent.from_bytes(b"")


def test_nothing_of_the_folder_is_changed(installation: Installation, lisa: Account, tmp_path: Path) -> None:
    folder = write_pairs(tmp_path / "pairs", pairs=1)
    shutil.copytree(folder, tmp_path / "copy")
    imported(installation, folder, replace(lisa), pairs=1)
    assert {one.name for one in folder.rglob("*")} == {one.name for one in (tmp_path / "copy").rglob("*")}
