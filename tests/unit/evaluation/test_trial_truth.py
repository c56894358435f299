"""The independent tally: what is read, and what is refused by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.evaluation import trial_truth
from overt.evaluation.trial_truth import BadTally, Kind, Truth, Walk, read_tally
from tests.unit.evaluation.blue_list import HEADING, START_US, tally, walk


def kept(folder: Path, *lines: str) -> Path:
    path = folder / "tally.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_tally_by_the_clock_is_of_a_live_trial(tmp_path: Path) -> None:
    truth = read_tally(
        kept(
            tmp_path,
            f"{HEADING},usable,picture_kind,picture_age_months,group_age,group_sex,notes",
            "2,,,2026-11-22T09:01:00Z,2026-11-22T09:01:20Z,,,,,,a cyclist",
            "1, bob ,north,2026-11-22T10:00:00.1239+01:00,2026-11-22T09:00:20Z,2026-11-22T09:00:05Z,custody,"
            "6.5,18-30,,",
        )
    )
    assert (truth.kind, truth.everybody, len(truth.digest)) == (Kind.LIVE, False, 64)
    first, second = truth.walks
    assert first == Walk(
        walk="1",
        person="bob",
        listed=True,
        camera="north",
        begins_us=START_US + 123_000,
        ends_us=START_US + 20_000_000,
        usable_us=START_US + 5_000_000,
        picture="custody",
        picture_months=6.5,
        groups={"age": "18-30"},
    )
    assert (second.person, second.listed, second.camera, second.notes) == ("", False, "", "a cyclist")
    assert (first.from_us, second.from_us) == (first.usable_us, second.begins_us)
    assert (truth.listed, truth.unlisted) == ((first,), (second,))


def test_a_tally_in_seconds_is_of_footage_and_says_where_it_is_simulated(tmp_path: Path) -> None:
    truth = read_tally(kept(tmp_path, f"{HEADING},listed,seen", "a,P4,clip,0,12.5,no,NO"), everybody=True)
    assert (truth.kind, truth.everybody) == (Kind.RECORDED, True)
    assert (truth.walks[0].listed, truth.walks[0].seen, truth.walks[0].ends_us) == (False, False, 12_500_000)
    assert read_tally(kept(tmp_path, f"{HEADING},simulated", "a,,,0,1,yes")).kind is Kind.SIMULATED


def test_a_tally_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tally.csv"
    path.write_bytes(f"\ufeff{HEADING}\r\na,bob,,0,1\r\n".encode())
    assert read_tally(path).walks[0].person == "bob"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "it lacks"),
        (["walk,person,begins,ends", "a,,0,1"], "it lacks 'camera'"),
        ([f"{HEADING},Group_age", "a,,,0,1,x"], "nobody knows, 'Group_age'"),
        ([f"{HEADING},group_", "a,,,0,1,x"], "nobody knows"),
        ([f"{HEADING},walk", "a,,,0,1,x"], "twice has it 'walk'"),
        ([HEADING], "without a walk"),
        ([HEADING, "a,,,0,1", "a,,,2,3"], "same name"),
        ([HEADING, ",,,0,1"], "Line 2 .* needs a name"),
        ([HEADING, "a,,,5,1"], "ends after it begins"),
        ([HEADING, "a,,,0"], "not as many fields"),
        ([HEADING, "a,,,0,1,2"], "not as many fields"),
        ([HEADING, "a,,,soon,1"], "begins is 'soon'"),
        ([HEADING, "a,,,2026-11-22T09:00:00,2026-11-22T09:00:01Z"], "begins is '2026-11-22T09:00:00'"),
        ([HEADING, "a,,,-1,1"], "begins is '-1'"),
        ([HEADING, "a,,,nan,1"], "begins is 'nan'"),
        ([HEADING, "a,,,0,2026-11-22T09:00:01Z"], "written in two ways"),
        (
            [HEADING, "a,,,0,1", "b,,,2026-11-22T09:00:00Z,2026-11-22T09:00:01Z"],
            "of two kinds: live trial and",
        ),
        ([f"{HEADING},usable", "a,,,0,1,2026-11-22T09:00:00Z"], "written in two ways"),
        ([f"{HEADING},usable", "a,,,0,1,2"], "within its walk only"),
        ([f"{HEADING},listed", "a,bob,,0,1,perhaps"], "listed is yes or no, not 'perhaps'"),
        ([f"{HEADING},listed", "a,,,0,1,yes"], "has a reference"),
        ([f"{HEADING},simulated", "a,,,2026-11-22T09:00:00Z,2026-11-22T09:00:01Z,yes"], "no times by the clock"),
        ([f"{HEADING},picture_kind", "a,bob,,0,1,<b>"], "picture_kind is '<b>'"),
        ([f"{HEADING},picture_age_months", "a,bob,,0,1,old"], "picture_age_months is 'old'"),
        ([f"{HEADING},picture_age_months", "a,bob,,0,1,-1"], "picture_age_months is '-1'"),
        ([f"{HEADING},group_sex", f"a,bob,,0,1,{'x' * 50}"], "group_sex is .*\\.\\.\\."),
        ([HEADING, 'a,"b"ob,,0,1'], "cannot be read"),
    ],
)
def test_what_is_no_tally_is_refused_with_its_reason(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(BadTally, match=says):
        read_tally(kept(tmp_path, *lines))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadTally, match="cannot be read"):
        read_tally(tmp_path / "none.csv")
    path = tmp_path / "tally.csv"
    path.write_bytes(b"walk,person\xff")
    with pytest.raises(BadTally, match="no text in UTF-8"):
        read_tally(path)
    monkeypatch.setattr(trial_truth, "MOST_BYTES", 4)
    with pytest.raises(BadTally, match="larger than 64 MiB"):
        read_tally(path)


def test_walks_stand_in_the_order_in_which_they_begin() -> None:
    with pytest.raises(ValueError, match="in the order"):
        Truth(kind=Kind.LIVE, walks=(walk("b", begins=5), walk("a", begins=1)), everybody=False, digest="")


def test_how_many_are_in_view_is_a_mean_over_the_walk_and_its_cameras() -> None:
    truth = tally(
        walk("a", begins=0, ends=10),
        walk("b", begins=5, ends=15),
        walk("c", begins=5, ends=5),
        walk("d", begins=0, ends=10, camera="south"),
        walk("e", begins=0, ends=10, camera="north"),
    )
    by = dict(zip((one.walk for one in truth.walks), truth.in_view(), strict=True))
    assert by["a"] == pytest.approx(1 + 0.5 + 1 + 1)  # no camera: everybody is seen with it
    assert by["b"] == pytest.approx(1 + 0.5 + 0.5 + 0.5)
    assert by["c"] == 5
    assert by["d"] == pytest.approx(1 + 1 + 0.5)  # whoever names no camera, and nobody of the other one
    assert by["e"] == by["d"]


def test_whoever_cannot_be_seen_well_yet_is_not_in_view() -> None:
    truth = tally(walk("a", begins=0, ends=10), walk("b", begins=0, ends=10, usable=8), walk("c", begins=0, ends=8))
    assert list(truth.in_view()) == pytest.approx([1 + 0.2 + 0.8, 2, 2])


def test_in_view_does_not_depend_on_names() -> None:
    walks = [walk(str(at), begins=at, ends=at + 3) for at in range(6)]
    renamed = [walk(f"x{at}", begins=at, ends=at + 3) for at in range(6)]
    assert tally(*walks).in_view() == tally(*reversed(renamed)).in_view()
