"""Labels of groups: where they come from, whom they belong to, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import Refused
from overt.evaluation.groups_labels import ALL, NO_IDENTITIES, LabelledSet, age_band, digest, read_labelled
from tests.needs import data_folder
from tests.unit.evaluation.pictures import EAST, NORTH, folder_of

PEOPLE = {"ann": [EAST, EAST], "bob": [NORTH], "cat": [NORTH, EAST], "dan": [EAST]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four people; their files are named ann_0001.png and so on."""
    (tmp_path / "people").mkdir()
    return folder_of(tmp_path / "people", PEOPLE)


def labelled(folder: Path, text: str) -> LabelledSet:
    path = folder.parent / "labels.csv"
    path.write_text(text, "utf-8")
    return LabelledSet(folder=folder, labels=path)


def pictures_named(root: Path, names: Iterable[str]) -> Path:
    for name in names:
        (root / name).write_bytes(b"a picture, for all that its name says")
    return root


def test_each_column_is_a_comparison_and_each_label_a_group(folder: Path) -> None:
    found = read_labelled(labelled(folder, "person,sex,origin\nann,F,north\nbob,M,south\ncat,F,south\ndan,M,north\n"))
    assert found.groups == {
        "sex": {"F": ("ann", "cat"), "M": ("bob", "dan")},
        "origin": {"north": ("ann", "dan"), "south": ("bob", "cat")},
    }
    assert (found.name, found.identities, found.notes) == ("people", True, ())
    assert {person: len(paths) for person, paths in found.pictures.items()} == {"ann": 2, "bob": 1, "cat": 2, "dan": 1}


def test_attributes_are_chosen_and_crossed_when_asked(folder: Path) -> None:
    asked = labelled(folder, "person,sex,origin\nann,F,north\nbob,M,south\ncat,F,south\ndan,M,\n")
    assert list(read_labelled(asked, ["origin"]).groups) == ["origin"]
    found = read_labelled(asked, ["sex, origin", "sex"])
    assert found.groups["sex x origin"] == {"F, north": ("ann",), "F, south": ("cat",), "M, south": ("bob",)}
    assert found.groups["sex"] == {"F": ("ann", "cat"), "M": ("bob", "dan")}
    assert found.notes == ("People without a label of sex x origin, left out of that comparison: 1.",)


def test_a_picture_may_bear_the_label_by_its_name_or_its_stem(folder: Path) -> None:
    text = "picture,sex\nann_0001.png,F\nann_0002,F\nbob_0001,M\ncat_0001.png,F\ncat_0002.png,M\nwho_0001,M\n"
    found = read_labelled(labelled(folder, text))
    assert found.groups == {"sex": {"F": ("ann",), "M": ("bob",)}}
    assert found.notes == (
        "People with different labels of sex, left out of it: 1.",
        "Labels that belong to nobody in the folder, passed over: 1.",
        "People without a label of sex, left out of that comparison: 2.",
    )


def test_the_list_of_lfw_is_read_as_it_is(folder: Path) -> None:
    found = read_labelled(labelled(folder, "lfw_name,gender,n_images\nann,F,2\nbob,M,1\ncat,F,2\ndan,M,1\n"))
    assert found.groups == {"gender": {"F": ("ann", "cat"), "M": ("bob", "dan")}}
    assert found.notes == ("Columns of numbers are passed over: n_images.",)
    counted = read_labelled(labelled(folder, "lfw_name,gender,n_images\nann,F,2\nbob,M,1\n"), ["n_images"])
    assert counted.groups == {"n_images": {"1": ("bob",), "2": ("ann",)}}


def test_a_file_with_spaces_and_a_mark_of_its_order_is_read(folder: Path) -> None:
    found = read_labelled(labelled(folder, "\ufeffperson , sex\n ann , F \nbob,M\ncat\n"))
    assert found.groups == {"sex": {"F": ("ann",), "M": ("bob",)}}


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "under 18"),
        (17, "under 18"),
        (18, "18-29"),
        (29, "18-29"),
        (30, "30-44"),
        (44, "30-44"),
        (45, "45-59"),
        (59, "45-59"),
        (60, "60 and over"),
        (110, "60 and over"),
    ],
)
def test_ages_become_bands(age: int, band: str) -> None:
    assert age_band(age) == band


def test_children_are_left_out_of_everything_and_counted(folder: Path) -> None:
    text = "person,age,sex\nann,31,F\nbob,17,M\ncat,60 and over,F\ndan,29,M\n"
    found = read_labelled(labelled(folder, text))
    assert found.groups == {
        "age": {"18-29": ("dan",), "30-44": ("ann",), "60 and over": ("cat",)},
        "sex": {"F": ("ann", "cat"), "M": ("dan",)},
    }
    assert list(found.pictures) == ["ann", "cat", "dan"]
    assert found.notes == ("People under 18, left out of everything: 1.",)


def test_a_child_in_one_picture_is_left_out(folder: Path) -> None:
    text = "picture,age\nann_0001,17\nann_0002,18\nbob_0001,40\ncat_0001,20\ncat_0002,50\ndan_0001,70\n"
    found = read_labelled(labelled(folder, text))
    assert list(found.pictures) == ["bob", "cat", "dan"]
    assert found.groups == {"age": {"30-44": ("bob",), "60 and over": ("dan",)}}


def test_a_set_of_children_is_refused(folder: Path) -> None:
    with pytest.raises(Refused, match="fewer than two adults"):
        read_labelled(labelled(folder, "person,age\nann,3\nbob,4\ncat,5\ndan,40\n"))


def test_one_group_may_be_that_of_everybody(folder: Path) -> None:
    found = read_labelled(LabelledSet(folder=folder, group=" northern "), ["sex"])
    assert found.groups == {ALL: {"northern": ("ann", "bob", "cat", "dan")}}


def test_errata_correct_identities_and_labels_follow_the_folder_of_a_picture(folder: Path) -> None:
    errata = folder.parent / "errata.csv"
    errata.write_text("a,b,kind\nann,cat,one person\n")
    asked = replace(labelled(folder, "person,sex\nann,F\nbob,M\ncat,M\ndan,M\n"), errata=errata)
    found = read_labelled(asked)
    assert found.groups == {"sex": {"M": ("bob", "dan")}}
    assert [path.name for path in found.pictures["ann"]] == [
        "ann_0001.png",
        "ann_0002.png",
        "cat_0001.png",
        "cat_0002.png",
    ]


def test_a_limit_keeps_the_first_pictures(folder: Path) -> None:
    asked = labelled(folder, "person,sex\nann,F\nbob,M\n")
    assert {len(paths) for paths in read_labelled(asked, most_pictures=1).pictures.values()} == {1}


UTK = ["25_0_1_2017.jpg.chip.jpg", "31_1_4_2017.jpg", "61_1_0_2017.png", "17_0_0_2017.jpg", "39_1_2017.jpg", "x.jpg"]


def test_names_of_pictures_carry_labels_and_no_identities(tmp_path: Path) -> None:
    asked = LabelledSet(folder=pictures_named(tmp_path, [*UTK, "25_0_1_notes.txt"]), scheme="utkface")
    found = read_labelled(asked)
    assert not found.identities
    assert found.groups == {
        "sex": {"female": (UTK[1], UTK[2]), "male": (UTK[0],)},
        "race": {"Black": (UTK[0],), "Other": (UTK[1],), "White": (UTK[2],)},
        "age": {"18-29": (UTK[0],), "30-44": (UTK[1],), "60 and over": (UTK[2],)},
    }
    assert found.notes == (
        "Pictures whose names carry no full label, left out: 2.",
        NO_IDENTITIES,
        "People under 18, left out of everything: 1.",
    )


def test_errata_put_pictures_of_one_person_together(tmp_path: Path) -> None:
    names = ["25_0_1_a.jpg", "26_0_1_b.jpg", "31_1_1_c.jpg", "40_0_0_d.jpg", "41_0_0_e.jpg"]
    errata = tmp_path / "same.csv"
    errata.write_text(
        "a,b,kind\n25_0_1_a,31_1_1_c.jpg,one face\n31_1_1_c,26_0_1_b,one face\n25_0_1_a,26_0_1_b,again\nx,y,elsewhere\n"
    )
    found = read_labelled(LabelledSet(folder=pictures_named(tmp_path, names), scheme="utkface", errata=errata))
    assert {person: len(paths) for person, paths in found.pictures.items()} == {names[0]: 3, names[3]: 1, names[4]: 1}
    assert found.groups["sex"] == {"male": (names[3], names[4])}  # the other bears both labels
    assert "Pictures put with another of the same person, by same.csv: 2." in found.notes
    assert not found.identities


def test_errata_of_pictures_need_their_columns(tmp_path: Path) -> None:
    (tmp_path / "same.csv").write_text("left,right\n")
    asked = LabelledSet(folder=pictures_named(tmp_path, UTK), scheme="utkface", errata=tmp_path / "same.csv")
    with pytest.raises(Refused, match="no columns a and b"):
        read_labelled(asked)


def test_a_folder_without_such_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="named as UTKFace"):
        read_labelled(LabelledSet(folder=pictures_named(tmp_path, ["ann.jpg"]), scheme="utkface"))
    with pytest.raises(Refused, match="not a folder"):
        read_labelled(LabelledSet(folder=tmp_path / "nowhere", scheme="utkface"))


def test_a_folder_that_may_not_be_looked_into_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(Refused, match="cannot be read: Permission denied"):
        read_labelled(LabelledSet(folder=tmp_path, scheme="utkface"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "whom a label belongs to"),
        ("who,sex\nann,F\n", "whom a label belongs to"),
        ("person,sex\n", "holds no labels"),
        ("person\nann\n", "no column of labels"),
        ("person,n\nann,3\nbob,4\n", "no column of labels"),
        ("person,age\nann,old\n", "Line 2 of labels.csv says 'old' for an age"),
        ("person,age\nann,30\nbob,-3\n", "Line 3 of labels.csv says '-3' for an age"),
        ("person,age\nann,131\n", "'131' for an age"),
        ("person,age\nann,³\n", "for an age"),
        ("person,sex\nwho,F\n", "No label fits a picture"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(folder: Path, text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        read_labelled(labelled(folder, text))


def test_labels_that_cannot_be_read_are_refused(folder: Path) -> None:
    asked = labelled(folder, "person,sex\nann,F\n")
    assert asked.labels is not None
    asked.labels.write_bytes("person,sex\nann,é\n".encode("latin-1"))
    with pytest.raises(Refused, match=r"labels\.csv cannot be read"):
        read_labelled(asked)
    with pytest.raises(Refused, match="cannot be read"):
        read_labelled(replace(asked, labels=folder / "nowhere.csv"))


@pytest.mark.parametrize("by", ["race", "sex,race"])
def test_an_attribute_that_the_set_lacks_is_refused(folder: Path, by: str) -> None:
    with pytest.raises(Refused, match="no column race"):
        read_labelled(labelled(folder, "person,sex\nann,F\nbob,M\n"), [by])


def test_an_attribute_that_names_of_pictures_lack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no labels of hair"):
        read_labelled(LabelledSet(folder=pictures_named(tmp_path, UTK), scheme="utkface"), ["hair"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "exactly one place"),
        ({"scheme": "utkface", "group": "northern"}, "exactly one place"),
        ({"labels": Path("labels.csv"), "group": "northern"}, "exactly one place"),
        ({"scheme": "imdb"}, "imdb is no scheme"),
        ({"group": " "}, "blank"),
    ],
)
def test_a_set_without_labels_from_one_place_is_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        LabelledSet(folder=Path("people"), **given)  # type: ignore[arg-type]


def test_the_digest_knows_pictures_and_groups(folder: Path) -> None:
    one = digest(read_labelled(labelled(folder, "person,sex\nann,F\nbob,M\n")))
    assert one == digest(read_labelled(labelled(folder, "person,sex\nbob,M\nann,F\n")))
    assert one != digest(read_labelled(labelled(folder, "person,sex\nann,M\nbob,F\n")))
    (folder / "bob" / "bob_0001.png").write_bytes(b"another picture")
    assert one != digest(read_labelled(labelled(folder, "person,sex\nann,F\nbob,M\n")))


def test_the_labels_of_the_test_data_are_read() -> None:
    faces = data_folder()
    lfw = read_labelled(LabelledSet(folder=faces / "lfw", labels=faces / "lfw" / "sex.csv"))
    assert set(lfw.groups["gender"]) == {"F", "M"}
    assert len(lfw.groups["gender"]["M"]) > 2 * len(lfw.groups["gender"]["F"]) > 1000
    utk = read_labelled(LabelledSet(folder=faces / "groups" / "labelled", scheme="utkface"), ["sex,race"])
    assert len(utk.groups["sex x race"]) == 10
