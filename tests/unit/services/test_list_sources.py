"""Where a list comes from: a folder, a zipped folder, a table beside its pictures."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from overt.domain.errors import BadPicture, BadWatchList
from overt.services import list_sources
from overt.services.list_folder import COLUMNS
from overt.services.list_sources import ListSource, list_source
from overt.testing.toy_reader import ToyFace, paint

TABLE = "reference,category\nann,witness\nbob,victim\n"


def png(person: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(paint(ToyFace(person=person))[:, :, ::-1]).save(out, "PNG")
    return out.getvalue()


def zipped(path: Path, contents: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def opened(path: Path) -> ListSource:
    with list_source(path) as source:
        for picture in source.pictures:
            if not picture.refusal:
                assert picture.read().shape == (120, 130, 3)
        return source


def refused(path: Path) -> str:
    with pytest.raises(BadWatchList) as error, list_source(path):
        pass
    return str(error.value)


PICTURES: dict[str, bytes | str] = {"ann.png": png(), "bob/one.png": png(1), "bob/two.png": png(2)}


def test_a_folder_is_a_list(tmp_path: Path) -> None:
    for name, content in PICTURES.items():
        assert isinstance(content, bytes)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "entries.csv").write_text(TABLE)
    source = opened(tmp_path)
    assert [(one.entry, one.shown) for one in source.pictures] == [
        *(("ann", "ann.png"), ("bob", "bob/one.png"), ("bob", "bob/two.png"))
    ]
    assert {reference: row["category"] for reference, row in source.rows.items()} == {"ann": "witness", "bob": "victim"}


@pytest.mark.parametrize("inside", ["", "people/"])
def test_a_zipped_folder_is_the_same_list(inside: str, tmp_path: Path) -> None:
    contents = {f"{inside}{name}": content for name, content in {**PICTURES, "entries.csv": TABLE}.items()}
    contents |= {"__MACOSX/._ann.png": b"noise", ".hidden": b"noise", f"{inside}.DS_Store": b"noise"}
    source = opened(zipped(tmp_path / "list.ZIP", contents))
    assert [(one.entry, one.shown, one.name) for one in source.pictures] == [
        *(("ann", "ann.png", "ann.png"), ("bob", "bob/one.png", "one.png"), ("bob", "bob/two.png", "two.png"))
    ]
    assert set(source.rows) == {"ann", "bob"}


def test_a_zip_without_a_table_has_no_rows(tmp_path: Path) -> None:
    assert opened(zipped(tmp_path / "list.zip", PICTURES)).rows == {}


def test_folders_of_a_zip_may_be_named_or_not(tmp_path: Path) -> None:
    path = zipped(tmp_path / "list.zip", {"bob/": b"", "bob/one.png": png(), "ann.png": png()})
    assert [one.shown for one in opened(path).pictures] == ["ann.png", "bob/one.png"]


def test_nothing_of_a_zip_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    path = zipped(tmp_path / "list.zip", PICTURES)
    opened(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../ann.png", "a/../../ann.png", "/etc/ann.png", "a\\..\\ann.png", "."])
def test_a_name_that_leads_outside_refuses_the_archive(name: str, tmp_path: Path) -> None:
    assert "leads outside of it" in refused(zipped(tmp_path / "list.zip", {"bob.png": png(), name: png()}))


def test_a_link_refuses_the_archive(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("ann.png")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "ann.png is a link or a device" in refused(tmp_path / "list.zip")


def test_a_locked_file_refuses_the_archive(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "list.zip", {"ann.png": png()}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "list.zip").write_bytes(content)
    assert "locked with a password" in refused(tmp_path / "list.zip")


def test_content_that_was_packed_too_small_refuses_the_archive(tmp_path: Path) -> None:
    assert "packed far smaller" in refused(zipped(tmp_path / "list.zip", {"ann.png": bytes(20_000_000)}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("ann.png", "ann.png"), ("ann", "ann/one.png"), ("ann/one.png", "ann")])
def test_a_name_that_is_there_twice_refuses_the_archive(names: tuple[str, str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        for name in names:
            archive.writestr(name, png())
    assert "is there twice" in refused(tmp_path / "list.zip")


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("MOST_BYTES", 100)])
def test_too_much_refuses_the_archive(limit: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_sources, limit, most)
    assert "holds more than" in refused(zipped(tmp_path / "list.zip", PICTURES))


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.zip").write_bytes(b"nothing of the kind")
    assert "cannot be read as a ZIP" in refused(tmp_path / "list.zip")


def test_an_empty_zip_is_refused_by_its_name(tmp_path: Path) -> None:
    assert f"The watch list {tmp_path / 'list.zip'} is empty" in refused(zipped(tmp_path / "list.zip", {}))


def test_a_folder_named_like_a_zip_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "list.zip").mkdir()
    assert "is empty" in refused(tmp_path / "list.zip")
    assert "There is no watch-list folder" in refused(tmp_path / "other.csv")


def test_a_damaged_file_of_a_zip_is_a_bad_picture_and_a_damaged_table_refuses_the_list(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("ann.png", png())
        archive.writestr("bob.png", png(1))
    content = bytearray((tmp_path / "list.zip").read_bytes())
    content[content.index(b"IDAT")] ^= 1
    (tmp_path / "list.zip").write_bytes(content)
    with list_source(tmp_path / "list.zip") as source, pytest.raises(BadPicture, match=r"ann\.png is damaged"):
        source.pictures[0].read()
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("ann.png", png())
        archive.writestr("entries.csv", TABLE)
    content = bytearray((tmp_path / "list.zip").read_bytes())
    content[content.index(b"witness")] ^= 1
    (tmp_path / "list.zip").write_bytes(content)
    assert "entries.csv is damaged" in refused(tmp_path / "list.zip")


def test_a_picture_of_a_zip_may_not_be_too_large_nor_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_sources, "FILE_LIMIT_BYTES", 100)
    path = zipped(tmp_path / "list.zip", {"ann.png": png(), "bob/one.png": png(), "bob/in/two.png": png()})
    with list_source(path) as source:
        with pytest.raises(BadPicture, match=r"ann\.png has 0 MB"):
            source.pictures[0].read()
        (nested,) = [one for one in source.pictures if one.shown == "bob/in"]
        assert "a folder inside an entry's folder" in nested.refusal
        with pytest.raises(BadPicture, match="in is a folder"):
            nested.read()


def test_a_table_names_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "1.png").write_bytes(png())
    (tmp_path / "2.png").write_bytes(png(1))
    (tmp_path / "list.csv").write_text("reference,picture,category\nann,pictures/1.png,witness\nbob,2.png,victim\n")
    source = opened(tmp_path / "list.csv")
    assert [(one.entry, one.shown) for one in source.pictures] == [("ann", "pictures/1.png"), ("bob", "2.png")]
    assert set(source.rows["ann"]) == set(COLUMNS)
    assert source.rows["bob"]["category"] == "victim"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("ann,1.png\nann,2.png", "its reference stands on more than one row"),
        (",1.png", "its row has no reference"),
        ("ann,", "its row names no picture"),
        ("ann,../1.png", "its picture lies outside of the table's folder"),
        ("ann,/etc/passwd", "its picture lies outside of the table's folder"),
        ("ann,link.png", "its picture lies outside of the table's folder"),
        ("ann\x1b,1.png", "its reference holds characters that cannot be printed"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(rows: str, says: str, tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "1.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "1.png")
    (folder / "list.csv").write_text(f"reference,picture\n{rows}\n")
    with list_source(folder / "list.csv") as source:
        assert {one.refusal for one in source.pictures} == {says}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("reference\nann\n", "every column once, with reference and picture among them"),
        ("reference,picture,name\n", "the column name is not known"),
        ("reference,picture\n", "is empty"),
        ("", "every column once"),
    ],
)
def test_a_wrong_table_is_refused(table: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(table)
    assert says in refused(tmp_path / "list.csv")


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.csv").write_text("reference,picture\n")

    def no(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", no)  # root may read everything
    assert "cannot be read: Permission denied" in refused(tmp_path / "list.csv")
