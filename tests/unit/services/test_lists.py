"""Watch lists: verdicts about their pictures, and enrolment."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt.domain.errors import BadWatchList
from overt.faces.mark import served
from overt.services.fitness import EnrolmentRules
from overt.services.list_folder import COLUMNS, listed_files, read_entries
from overt.services.lists import ListReport, Verdict, check_list, enrol
from overt.services.portraits import FROM_ALERT
from overt.testing.toy_reader import ToyFace, ToyReader, paint

READER = ToyReader()


def put(path: Path, *faces: ToyFace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(paint(*faces)[:, :, ::-1]).save(path)


def check(folder: Path) -> ListReport:
    return check_list(folder, READER, look_alike_threshold=0.45)


def verdict_of(report: ListReport, picture: str) -> Verdict:
    (found,) = [verdict for verdict in report.verdicts if verdict.picture == picture]
    return found


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    put(folder / "ann.png", ToyFace(person=1))
    put(folder / "bob" / "first.png", ToyFace(person=2))
    put(folder / "bob" / "second.png", ToyFace(person=2, likeness=40))
    return folder


def test_a_good_list_is_clean(people: Path) -> None:
    report = check(people)
    assert report.clean
    assert report.usable_entries == ("ann", "bob")
    assert [(verdict.picture, verdict.entry, verdict.word) for verdict in report.verdicts] == [
        ("ann.png", "ann", "usable"),
        ("bob/first.png", "bob", "usable"),
        ("bob/second.png", "bob", "usable"),
    ]


@pytest.mark.parametrize(
    ("face", "reason"),
    [
        (ToyFace(person=3, quirk="blurred"), "blurred: sharpness 0.001"),
        (ToyFace(person=3, quirk="dark"), "too dark: grey level 12"),
        (ToyFace(person=3, quirk="bright"), "burnt out: grey level 240"),
        (ToyFace(person=3, quirk="burnt"), "burnt out: 60% of the face is white"),
        (ToyFace(person=3, quirk="flat"), "too flat: contrast 3"),
        (ToyFace(person=3, quirk="turned"), "turned away: 0.80"),
        (ToyFace(person=3, width=30), "too small: the eyes are 12.0 px apart, 16 px are needed"),
    ],
)
def test_a_poor_picture_is_refused_with_its_figure(face: ToyFace, reason: str, people: Path) -> None:
    put(people / "cat.png", face)
    verdict = verdict_of(check(people), "cat.png")
    assert verdict.word == "refused"
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith(reason)


def test_a_picture_with_every_fault_tells_them_all(people: Path) -> None:
    put(people / "cat.png", ToyFace(person=3, quirk="dark", width=30), ToyFace(person=4, width=20))
    reasons = verdict_of(check(people), "cat.png").reasons
    assert [reason.split(":")[0].split(" (")[0] for reason in reasons] == ["several faces", "too small", "too dark"]


def test_a_picture_without_a_face_is_refused(people: Path) -> None:
    put(people / "cat.png")
    assert verdict_of(check(people), "cat.png").reasons == ("no face was found",)


def test_a_small_face_in_the_background_does_not_spoil_a_picture(people: Path) -> None:
    put(people / "cat.png", ToyFace(person=3, width=120), ToyFace(person=4, width=39))
    put(people / "dan.png", ToyFace(person=5, width=120), ToyFace(person=4, width=40))
    report = check(people)
    assert verdict_of(report, "cat.png").usable
    assert verdict_of(report, "dan.png").reasons == ("several faces (2); a picture shows one person",)


def test_limits_are_the_callers_to_set(people: Path) -> None:
    strict = EnrolmentRules(eyes_least_px=60)
    assert not check_list(people, READER, rules=strict).usable_entries


@pytest.mark.parametrize("likeness", [0, 5])
def test_a_picture_that_adds_nothing_to_its_entry_is_a_duplicate(likeness: int, people: Path) -> None:
    put(people / "bob" / "third.png", ToyFace(person=2, likeness=likeness))
    report = check(people)
    assert verdict_of(report, "bob/third.png").reasons == ("duplicate: shows the same as bob/first.png",)
    assert not report.look_alikes
    assert not report.clean


def test_entries_that_look_alike_are_both_named_with_the_score_and_stay(people: Path) -> None:
    put(people / "cat.png", ToyFace(person=3, likeness=128))
    put(people / "dan" / "near.png", ToyFace(person=4, likeness=128))
    put(people / "dan" / "far.png", ToyFace(person=4))
    report = check(people)
    (pair,) = report.look_alikes
    assert (pair.first.picture, pair.second.picture) == ("cat.png", "dan/near.png")
    assert pair.score == pytest.approx(0.5, abs=1e-6)
    assert str(pair) == "cat (cat.png) and dan (dan/near.png) look alike to the machine: score 0.50."
    assert verdict_of(report, "cat.png").warnings == ("looks like dan (dan/near.png), score 0.50",)
    assert verdict_of(report, "dan/near.png").word == "looks alike"
    assert verdict_of(report, "dan/far.png").word == "usable"
    assert not report.refused
    assert not report.clean


def test_one_picture_under_two_references_is_told_as_such(people: Path) -> None:
    put(people / "zoe.png", ToyFace(person=1))
    report = check(people)
    assert [str(pair) for pair in report.look_alikes] == [
        "ann (ann.png) and zoe (zoe.png) are the same picture under two references."
    ]
    assert verdict_of(report, "zoe.png").usable


def test_look_alikes_are_found_across_blocks_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.services.portraits.BLOCK_ROWS", 3)
    for person in range(11):
        put(tmp_path / f"p{person:02d}.png", ToyFace(person=person, likeness=128 if person in (1, 9) else 0))
    (pair,) = check(tmp_path).look_alikes
    assert (pair.first.entry, pair.second.entry) == ("p01", "p09")


def test_files_that_are_no_pictures_are_refused_with_the_reason(people: Path) -> None:
    (people / "notes.txt").write_text("ann is tall")
    (people / "empty.jpg").touch()
    report = check(people)
    assert verdict_of(report, "notes.txt").reasons[0].startswith("it is not a picture that Overt reads")
    assert verdict_of(report, "empty.jpg").reasons == ("it is empty",)


def test_hidden_files_and_the_table_are_left_alone(people: Path) -> None:
    (people / ".thumbs").write_text("x")
    (people / "bob" / ".hidden.png").write_text("x")
    (people / "entries.csv").write_text("reference,source\nann,passport\n")
    assert check(people).clean


def test_a_folder_inside_an_entry_and_an_entry_without_pictures_are_refused(people: Path) -> None:
    put(people / "bob" / "deeper" / "x.png", ToyFace(person=9))
    (people / "cat").mkdir()
    report = check(people)
    assert "a folder inside an entry" in verdict_of(report, "bob/deeper").reasons[0]
    assert verdict_of(report, "cat/").reasons == ("the folder holds no picture",)
    assert report.usable_entries == ("ann", "bob")


def test_two_entries_never_share_a_reference(people: Path) -> None:
    put(people / "ann.bmp", ToyFace(person=5))
    put(people / "ann" / "x.png", ToyFace(person=6))
    report = check(people)
    assert {verdict.picture for verdict in report.refused} == {"ann.bmp", "ann.png"}
    assert verdict_of(report, "ann.png").reasons == ("ann already has the reference ann",)


def test_names_that_would_garble_a_terminal_are_shown_harmless_and_refused(people: Path) -> None:
    put(people / "a\x1b[2Jb.png", ToyFace(person=5))
    (people / "ann.png").rename(people / os.fsdecode(b"\xff.png"))
    report = check(people)
    assert {verdict.picture for verdict in report.refused} == {r"a\x1b[2Jb.png", r"\udcff.png"}


@pytest.mark.parametrize(("make", "says"), [("absent", "There is no"), ("file", "is a file"), ("empty", "is empty")])
def test_a_folder_that_holds_no_list_is_refused(make: str, says: str, tmp_path: Path) -> None:
    if make == "file":
        (tmp_path / make).touch()
    if make == "empty":
        (tmp_path / make).mkdir()
    with pytest.raises(BadWatchList, match=says):
        listed_files(tmp_path / make)


def test_progress_is_told_picture_by_picture(people: Path) -> None:
    told: list[tuple[int, int]] = []
    check_list(people, READER, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_enrolment_makes_a_row_of_every_usable_picture(people: Path) -> None:
    put(people / "aaa.png", ToyFace(person=8, quirk="blurred"))
    watch_list = enrol(people, READER, rehearsal=True)
    assert watch_list.references == ("ann", "bob")
    assert watch_list.row_entry.tolist() == [0, 1, 1]
    assert watch_list.row_entry.dtype == np.int32
    assert watch_list.templates.shape == (3, 128)
    assert watch_list.templates.dtype == np.float32
    assert np.allclose(np.linalg.norm(watch_list.templates, axis=1), 1)
    (warning,) = watch_list.report.warnings()
    assert warning.startswith("aaa.png is left out: blurred")


def test_look_alikes_are_enrolled_with_a_warning(people: Path) -> None:
    put(people / "cat.png", ToyFace(person=3, likeness=200))
    put(people / "dan.png", ToyFace(person=4, likeness=200))
    watch_list = enrol(people, READER, rehearsal=True)
    assert {"cat", "dan"} <= set(watch_list.references)
    assert any("look alike" in warning for warning in watch_list.report.warnings())


def test_a_list_without_a_usable_picture_is_empty(tmp_path: Path) -> None:
    put(tmp_path / "ann.png")
    with pytest.raises(BadWatchList, match="is empty: none of its 1 pictures can be used"):
        enrol(tmp_path, READER, rehearsal=True)


@pytest.mark.parametrize("column", ["category", "ground"])
def test_a_rehearsal_refuses_people_who_are_wanted_for_something(column: str, people: Path) -> None:
    (people / "entries.csv").write_text(f"reference,{column}\nann,\nbob,suspect\n")
    with pytest.raises(BadWatchList, match="gives bob a category or a ground"):
        enrol(people, READER, rehearsal=True)
    assert enrol(people, READER, rehearsal=False).references == ("ann", "bob")
    assert check(people).clean


def test_the_rows_of_the_table_are_read_by_reference(people: Path) -> None:
    (people / "entries.csv").write_text("\ufeffreference, source\nann, passport\nbob\n", encoding="utf-8")
    rows = read_entries(people, frozenset({"ann", "bob"}), rehearsal=True)
    assert rows["ann"]["source"] == "passport"
    assert rows["bob"] == dict.fromkeys(COLUMNS, "") | {"reference": "bob"}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "must name every column once"),
        ("source\nx\n", "with reference among them"),
        ("reference,reference\n", "every column once"),
        ("reference,groud\n", r"the column groud is not known; did you mean ground\?"),
        ("reference,xyz\n", "known are reference, category"),
        ("reference\nann\nann\n", "row 3 names the entry ann a second time"),
        ("reference\ncat\n", "row 2 names the entry cat, which has no picture"),
        ("reference,source\n,passport\n", "row 2 has no reference"),
        ("reference\nann\n\nann\n", "row 4 names the entry ann"),
        ("reference\nann,x\n", "row 2 has more cells"),
        ('reference\n"ann\n', "not a table of comma-separated values"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(table: str, says: str, people: Path) -> None:
    (people / "entries.csv").write_text(table)
    with pytest.raises(BadWatchList, match=says):
        check(people)


def test_a_table_that_is_not_text_is_refused(people: Path) -> None:
    (people / "entries.csv").write_bytes(b"reference\n\xff\n")
    with pytest.raises(BadWatchList, match="UTF-8"):
        check(people)


@pytest.mark.parametrize(("now_s", "usable"), [(999, ("ann", "bob")), (1000, ("bob",))])
def test_an_entry_ends_when_it_expires(people: Path, now_s: int, usable: tuple[str, ...]) -> None:
    (people / "entries.csv").write_text("reference,expires\nann,1970-01-01T00:16:40Z\n")
    report = check_list(people, READER, now_us=now_s * 1_000_000)
    assert report.usable_entries == usable
    if now_s == 1000:
        assert verdict_of(report, "ann.png").reasons == ("its entry expired at 1970-01-01T00:16:40.000Z",)


@pytest.mark.parametrize("expires", ["banana", "2030-01-01", "2030-01-01T00:00:00"])
def test_an_expiry_that_is_no_time_with_a_zone_is_refused(people: Path, expires: str) -> None:
    (people / "entries.csv").write_text(f"reference,expires\nann,{expires}\n")
    with pytest.raises(BadWatchList, match="write 2026-11-22T09:00:00Z"):
        check(people)


def test_a_picture_has_the_name_before_a_file_that_is_none(people: Path) -> None:
    (people / "ann.docx").write_text("minutes of a meeting")
    report = check(people)
    assert verdict_of(report, "ann.png").usable
    assert verdict_of(report, "ann.docx").reasons == ("ann.png already has the reference ann",)


def test_of_very_many_look_alikes_each_picture_names_a_few(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    for number in range(8):
        put(folder / f"p{number}.png", ToyFace(person=1))
    report = check(folder)
    assert len(report.look_alikes) == 28
    assert {len(verdict.warnings) for verdict in report.verdicts} == {4}


def test_of_too_many_alike_pairs_the_most_alike_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.services.portraits.MOST_PAIRS", 1)
    for person in range(3):
        put(tmp_path / f"p{person}.png", ToyFace(person=person, likeness=150 + 20 * person))
    (pair,) = check(tmp_path).look_alikes
    assert (pair.first.entry, pair.second.entry) == ("p1", "p2")


@pytest.mark.parametrize("what", ["iterdir", "read_bytes"])
def test_a_folder_or_table_that_cannot_be_read_is_told(
    what: str, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, what, no)  # root may read everything
    with pytest.raises(BadWatchList, match="cannot be read: Permission denied"):
        read_entries(people, frozenset(file.entry for file in listed_files(people)), rehearsal=False)


def test_a_report_names_its_entries_and_those_that_can_be_used(people: Path) -> None:
    put(people / "eve.png", ToyFace(person=5, quirk="dark"))
    report = check(people)
    assert (report.entries, report.usable_entries) == (("ann", "bob", "eve"), ("ann", "bob"))


def test_a_picture_that_overt_has_shown_is_refused(people: Path) -> None:
    shown = served(paint(ToyFace(person=5)), ["possible match"])
    Image.fromarray(shown[:, :, ::-1]).save(people / "eve.jpg", quality=60)
    assert verdict_of(check(people), "eve.jpg").reasons == (FROM_ALERT,)
