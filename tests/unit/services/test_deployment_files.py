"""Deployment files that are written in the console: where they lie, what is kept, and what is never given away."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from overt.domain.errors import BadDeployment, Refused, Stopped
from overt.services import deployment_files
from overt.services.deployment_files import (
    MOST_BYTES,
    FileChanged,
    NoSuchFile,
    draft_like,
    draft_path,
    drafts,
    folder_of,
    keep_entered,
    kept_path,
    look_through,
    new_draft,
    policies_beside,
    read_draft,
    remove_draft,
    take_in,
    write_draft,
    write_text,
)
from overt.services.deployment_text import RowOf, Tables
from overt.settings import SCHEMES
from tests.authority import write_policy

ID = "01a22795-e3c4-73ec-9462-6e0606aa56bb"


def named(name: object) -> Tables:
    return Tables(single={"deployment": {"name": name}}, repeated={})


def faults(home: Path, name: str) -> list[str]:
    deployment, found = look_through(home, name, SCHEMES)
    assert (deployment is None) == bool(found)
    return [one.sentence for one in found]


def whole(home: Path, extra: str = "", **changes: str) -> str:
    """A draft without a fault."""
    folder = folder_of(home)
    folder.mkdir(exist_ok=True)
    (folder / "people").mkdir(exist_ok=True)
    lines = {
        "policy": "uk-police",
        "folder": "people",
        **changes,
    }
    return take_in(
        home,
        f"""
[deployment]
name = "High Street"
place = "there"
use_case = "hotspot"
policy = "{lines["policy"]}"
[authority]
legal_basis = "a"
aim = "a"
necessity = "a"
proportionality = "a"
alternatives = "a"
authorised_by = "a"
valid_from = 2026-11-22T09:00:00Z
valid_until = 2026-11-22T17:00:00Z
[watchlist]
folder = "{lines["folder"]}"
[[camera]]
name = "north"
url = "rtsp://10.0.0.5/a"
zone = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
{extra}
""".encode(),
    )


def test_a_draft_is_its_owners_alone_and_is_found_by_its_name(tmp_path: Path) -> None:
    assert drafts(tmp_path) == []
    name = new_draft(tmp_path, named("High Street, Saturday"))
    assert name == "high-street-saturday"
    assert stat.S_IMODE(folder_of(tmp_path).stat().st_mode) == 0o700
    assert stat.S_IMODE(draft_path(tmp_path, name).stat().st_mode) == 0o600
    assert [(one.name, one.title) for one in drafts(tmp_path)] == [(name, "High Street, Saturday")]
    assert read_draft(tmp_path, name).raw["deployment"] == {"name": "High Street, Saturday"}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("Zürich Süd", "zurich-sud"),
        ("東京", "deployment"),
        ("  ", "deployment"),
        (3, "deployment"),
        ("a" * 200, "a" * 48),
    ],
)
def test_a_name_is_made_of_harmless_characters(tmp_path: Path, title: object, name: str) -> None:
    assert new_draft(tmp_path, named(title)) == name
    assert new_draft(tmp_path, named(title)) == f"{name}-2"


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", "A", "a" * 99, ".a", "a\0b", "a.toml", ID + "/x"])
def test_a_name_from_outside_leads_nowhere(tmp_path: Path, name: str) -> None:
    new_draft(tmp_path, named("a"))
    for act in (
        lambda: read_draft(tmp_path, name),
        lambda: write_text(tmp_path, name, "", ""),
        lambda: remove_draft(tmp_path, name),
        lambda: keep_entered(tmp_path, name, ID, ""),
    ):
        with pytest.raises(NoSuchFile):
            act()
    assert kept_path(tmp_path, name) is None


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("[deployment]\nname = 'x'\n")
    folder_of(tmp_path).mkdir()
    (folder_of(tmp_path) / "a.draft.toml").symlink_to(tmp_path / "secret")
    (folder_of(tmp_path) / f"{ID}.toml").symlink_to(tmp_path / "secret")
    assert drafts(tmp_path) == []
    assert kept_path(tmp_path, ID) is None


def test_what_somebody_else_wrote_is_not_written_over(tmp_path: Path) -> None:
    name = new_draft(tmp_path, named("a"))
    version = read_draft(tmp_path, name).version
    write_draft(tmp_path, name, named("b"), version)
    with pytest.raises(FileChanged):
        write_draft(tmp_path, name, named("c"), version)
    assert read_draft(tmp_path, name).title == "b"
    write_text(tmp_path, name, "# none\r\n", read_draft(tmp_path, name).version)
    assert read_draft(tmp_path, name).text == "# none\n"


def test_a_draft_that_was_removed_is_gone(tmp_path: Path) -> None:
    name = new_draft(tmp_path, named("a"))
    version = read_draft(tmp_path, name).version
    remove_draft(tmp_path, name)
    for act in (
        lambda: remove_draft(tmp_path, name),
        lambda: write_text(tmp_path, name, "", version),
        lambda: read_draft(tmp_path, name),
    ):
        with pytest.raises(NoSuchFile):
            act()


def test_what_is_no_toml_is_kept_and_told(tmp_path: Path) -> None:
    name = take_in(tmp_path, b"[deployment\nname = 3")
    assert read_draft(tmp_path, name).raw == {}
    assert "is not TOML" in faults(tmp_path, name)[0]
    with pytest.raises(BadDeployment, match="no TOML"):
        write_draft(tmp_path, name, named("a"), read_draft(tmp_path, name).version)


@pytest.mark.parametrize(
    "content",
    [
        b"x" * (MOST_BYTES + 1),
        b"\xff\xfe",
        ".".join("a" * 5000).encode() + b" = 1",
        b'"a" . ' * 20 + b"b = 1",
        rb'"\" ".' * 20 + b"b = 1",
    ],
)
def test_what_would_take_long_or_is_no_text_is_not_taken(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadDeployment):
        take_in(tmp_path, content)
    assert drafts(tmp_path) == []


def test_what_grew_too_large_elsewhere_is_told(tmp_path: Path) -> None:
    name = new_draft(tmp_path, named("a"))
    draft_path(tmp_path, name).write_bytes(b"#" * (MOST_BYTES + 5))
    with pytest.raises(BadDeployment, match="larger"):
        read_draft(tmp_path, name)
    assert drafts(tmp_path) == []


def test_there_is_an_end_to_drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment_files, "MOST_DRAFTS", 1)
    new_draft(tmp_path, named("a"))
    with pytest.raises(Refused, match="more are not kept"):
        new_draft(tmp_path, named("b"))


def test_a_full_disk_or_a_folder_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deployment_files, "write_new", full)
    with pytest.raises(Stopped, match="No space"):
        new_draft(tmp_path, named("a"))


def test_what_a_dead_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir()
    (folder_of(tmp_path) / ".a.draft.toml.new").write_text("half")
    assert new_draft(tmp_path, named("a")) == "a"
    assert [path.name for path in folder_of(tmp_path).iterdir()] == ["a.draft.toml"]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    name = take_in(tmp_path, b'[deployment]\nname = ""\nodd = 1\n[[camera]]\nurl = "ftp://x"\n')
    told = "\n".join(faults(tmp_path, name))
    for words in ("name is blank", "odd is not known", "place is missing", "[authority]", "url is refused"):
        assert words in told


def test_a_draft_without_a_fault_is_a_deployment(tmp_path: Path) -> None:
    deployment, found = look_through(tmp_path, whole(tmp_path), SCHEMES)
    assert found == ()
    assert deployment is not None
    assert deployment.name == "High Street"


@pytest.mark.parametrize("folder", ["/etc", "../..", "people/../..", "/nowhere-at-all"])
def test_other_folders_of_the_machine_are_not_reached_nor_told_of(tmp_path: Path, folder: str) -> None:
    name = whole(tmp_path, folder=folder)
    assert faults(tmp_path, name) == [
        "[watchlist] folder must name something in the folder deployments of Overt's home, where this file lies."
    ]


def test_other_files_of_the_machine_are_not_reached_nor_told_of(tmp_path: Path) -> None:
    paper = '[[document]]\nkind = "dpia"\nreference = "1"\ndate = 2026-11-22T09:00:00Z\nfile = "{}"\n'
    told = [
        faults(tmp_path, whole(tmp_path, paper.format(path), policy=policy))
        for path, policy in (("/etc/passwd", "/etc/passwd"), ("/etc/none", "/etc/none"))
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 2
    (folder_of(tmp_path) / "paper.pdf").write_bytes(b"paper")
    assert faults(tmp_path, whole(tmp_path, paper.format("paper.pdf"))) == []


def test_what_is_no_table_has_nothing_that_lies_elsewhere(tmp_path: Path) -> None:
    name = take_in(tmp_path, b"deployment = 1\nwatchlist = 2\ndocument = [3]\n")
    assert len(faults(tmp_path, name)) > 2


def test_once_entered_a_file_is_kept_under_its_id(tmp_path: Path) -> None:
    name = new_draft(tmp_path, named("a"))
    text = read_draft(tmp_path, name).text
    keep_entered(tmp_path, name, ID, text)
    assert drafts(tmp_path) == []
    kept = kept_path(tmp_path, ID)
    assert kept is not None
    assert tomllib.loads(kept.read_text())["deployment"] == {"name": "a"}
    keep_entered(tmp_path, name, ID, text)
    assert kept_path(tmp_path, "01a22795-e3c4-73ec-9462-6e0606aa56bc") is None


def test_another_one_like_it_has_no_list_yet(tmp_path: Path) -> None:
    keep_entered(tmp_path, "a", ID, f'[deployment]\nname = "a" # ours\n[watchlist]\nlist = "{ID}"\n')
    name = draft_like(tmp_path, ID)
    assert read_draft(tmp_path, name).raw == {"deployment": {"name": "a"}, "authority": {}, "watchlist": {}}
    assert "# ours" in read_draft(tmp_path, name).text
    with pytest.raises(NoSuchFile):
        draft_like(tmp_path, "01a22795-e3c4-73ec-9462-6e0606aa56bc")


def test_policies_that_lie_beside_can_be_chosen(tmp_path: Path) -> None:
    assert policies_beside(tmp_path) == []
    new_draft(tmp_path, named("a"))
    write_policy(folder_of(tmp_path) / "mild.toml")
    (folder_of(tmp_path) / "broken.toml").write_text("[")
    (folder_of(tmp_path) / "none.toml").write_text("x = 1")
    (folder_of(tmp_path) / "huge.toml").write_text("#" * (MOST_BYTES + 1))
    keep_entered(tmp_path, "a", ID, "[deployment]\n")
    assert policies_beside(tmp_path) == ["mild.toml"]


def test_rows_keep_what_stood_in_them_besides(tmp_path: Path) -> None:
    name = take_in(tmp_path, b'[[camera]]\nname = "north"\nodd = 1\n')
    tables = Tables(single={}, repeated={"camera": [RowOf(values={"name": "south"}, was=0)]})
    write_draft(tmp_path, name, tables, read_draft(tmp_path, name).version)
    assert read_draft(tmp_path, name).raw["camera"] == [{"name": "south", "odd": 1}]
