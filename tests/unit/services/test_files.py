"""The deployment file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overt.domain.authority import Deployment
from overt.domain.errors import BadDeployment
from overt.domain.geometry import Zone
from overt.domain.history import History
from overt.domain.terms import broken
from overt.services.file_tables import TABLES, is_file, is_folder
from overt.services.files import REPEATED, load_deployment
from overt.services.policies import load_policy
from overt.services.terms import terms_of

GOOD = """\
[deployment]
name = "High Street, Saturday"
place = "High Street between the station and the clock tower"
use_case = "hotspot"
policy = "uk-police"

[authority]
legal_basis = "common law"
aim = "find the people on the list"
necessity = "other means have failed"
proportionality = "one street, one day"
alternatives = "patrols were tried"
authorised_by = "Superintendent A"
valid_from = 2026-11-22T09:00:00Z
valid_until = 2026-11-22T17:00:00Z

[watchlist]
folder = "people"
wanted_far = 0.001

[[camera]]
name = "north"
url = "rtsp://operator:hunter2@10.0.0.5/stream"
zone = [[0.0, 0.2], [1.0, 0.2], [1.0, 1.0], [0.0, 1.0]]
smallest_face_px = 40
"""
DOCS = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "deployment-file.md"


def load(folder: Path, text: str, *, rehearsal: bool = False) -> Deployment:
    (folder / "people").mkdir(exist_ok=True)
    (folder / "clip.mp4").write_bytes(b"a recording")
    (folder / "high-street.toml").write_text(text, encoding="utf-8")
    return load_deployment(folder / "high-street.toml", rehearsal=rehearsal)


def refusal(folder: Path, text: str, *, rehearsal: bool = False) -> str:
    with pytest.raises(BadDeployment) as caught:
        load(folder, text, rehearsal=rehearsal)
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def with_line(old: str, new: str) -> str:
    """The good file with the line that begins with `old` replaced."""
    changed, count = re.subn(rf"(?m)^{re.escape(old)} =.*$", lambda _: new, GOOD, count=1)
    assert count == 1
    return changed


def rehearsed(url: str) -> str:
    return with_line("url", f'url = "{url}"')


def test_a_good_file_becomes_a_deployment(tmp_path: Path) -> None:
    deployment = load(tmp_path, GOOD)
    assert deployment.name == "High Street, Saturday"
    assert deployment.folder == tmp_path / "people"
    assert deployment.authority.window.closes_us - deployment.authority.window.opens_us == 8 * 3_600_000_000
    assert deployment.authority.authorised_by == "Superintendent A"
    (camera,) = deployment.cameras
    assert camera.zone == Zone(corners=((0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0)))
    assert (camera.name, camera.smallest_face_px) == ("north", 40)


def test_what_may_be_left_out_has_a_default(tmp_path: Path) -> None:
    text = GOOD.replace("wanted_far = 0.001\n", "").replace("smallest_face_px = 40\n", "")
    deployment = load(tmp_path, text)
    assert deployment.wanted_far == 0.001
    assert deployment.cameras[0].smallest_face_px == 40


def test_paths_start_at_the_files_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path, rehearsed("clip.mp4"), rehearsal=True)
    monkeypatch.chdir(tmp_path)
    deployment = load_deployment(Path("high-street.toml"), rehearsal=True)
    assert deployment.cameras[0].url == str(tmp_path / "clip.mp4")
    assert deployment.folder == tmp_path / "people"


def test_a_policy_file_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "venue.toml").touch()
    assert load(tmp_path, with_line("policy", 'policy = "venue.toml"')).policy == str(tmp_path / "venue.toml")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + GOOD).name == "High Street, Saturday"


@pytest.mark.parametrize(
    ("key", "line", "says"),
    [
        ("name", 'name = "  "', "[deployment] name is blank"),
        ("name", 'name = "two\\nlines"', "[deployment] name must be one line"),
        ("name", "name = 7", "[deployment] name must be one line of text, in quotes"),
        ("use_case", 'use_case = "protest"', "[deployment] use_case must be hotspot, protective"),
        ("policy", 'policy = "uk-polise"', "[deployment] policy is neither a policy that Overt brings (uk-police"),
        ("aim", 'aim = ""', "[authority] aim is blank"),
        ("aim", "", "[authority] aim is missing; it must be text"),
        ("valid_from", "valid_from = 2026-11-22T09:00:00", "valid_from must be a date and time with its zone"),
        ("valid_from", 'valid_from = "2026-11-22T09:00:00Z"', "without quotes"),
        ("valid_from", "valid_from = 2026-11-22", "valid_from must be a date and time with its zone"),
        ("valid_from", "valid_from = 0001-01-01T00:00:00+10:00", "must be in the years 2000 to 2199"),
        ("valid_until", "valid_until = 2026-11-22T08:00:00Z", "[authority] valid_until must be later than valid_from"),
        ("valid_until", "valid_until = 2026-11-22T10:00:00+01:00", "valid_until must be later than valid_from"),
        ("wanted_far", "wanted_far = 0", "[watchlist] wanted_far must be a number above 0 and at most 0.001"),
        ("wanted_far", "wanted_far = 0.002", "at most 0.001 (the policy's cap)"),
        ("wanted_far", "wanted_far = nan", "wanted_far must be a number above 0"),
        ("wanted_far", "wanted_far = true", "wanted_far must be a number above 0"),
        ("wanted_far", 'wanted_far = "0.001"', "wanted_far must be a number above 0"),
        ("folder", 'folder = "nobody"', "[watchlist] folder names"),
        ("folder", 'folder = "clip.mp4"', "which is not a folder"),
        ("folder", f'folder = "{"x" * 190}/{"y" * 5}"', "which is not a folder"),
        ("folder", 'list = "a1"', "[watchlist] list must be the id of an imported list, as overt list import"),
        ("folder", "", "[watchlist] folder is missing"),
        ("folder", 'folder = "people"\nlist = "a1"', "[watchlist] has both folder and list"),
        ("zone", "zone = [[0.0, 0.0], [1.0, 1.0]]", '[[camera]] "north" zone: a zone needs at least three corners'),
        ("zone", "zone = [[0, 0], [2, 0], [1, 1]]", "lies outside the picture"),
        ("zone", "zone = [[0, 0], [nan, 0], [1, 1]]", "lies outside the picture"),
        ("zone", "zone = [[0, 0], [1, 1], [1, 0], [0, 1]]", "cross each other"),
        ("zone", "zone = [[0, 0], [1], [1, 1]]", '[[camera]] "north" zone must be a list of 3 to 64 corners'),
        ("zone", "", '[[camera]] "north" zone is missing'),
        ("smallest_face_px", "smallest_face_px = 15", "a whole number of pixels from 16 to 400"),
        ("smallest_face_px", "smallest_face_px = 401", "a whole number of pixels from 16 to 400"),
        ("smallest_face_px", "smallest_face_px = 40.5", "a whole number of pixels from 16 to 400"),
        ("url", 'url = "clip.mp4"', "a signed deployment takes live sources only"),
        ("url", 'url = "ftp://a:hunter2@b/c"', '[[camera]] "north" url is refused'),
        ("url", 'url = "rtsp://a:hunter2@:x/c"', '[[camera]] "north" url is refused'),
        ("url", 'url = "a:hunter2@10.0.0.5/stream"', "takes live sources only"),
        ("url", 'url = "usb:camera"', '[[camera]] "north" url is refused'),
        ("url", 'url = "file:///etc/passwd"', '[[camera]] "north" url is refused'),
        ("url", 'url = ""', '[[camera]] "north" url is blank'),
    ],
)
def test_a_wrong_key_is_named_with_what_it_must_be(key: str, line: str, says: str, tmp_path: Path) -> None:
    assert says in refusal(tmp_path, with_line(key, line))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("wanted_far", "wantedfar", "[watchlist] wantedfar is not known; did you mean wanted_far?"),
        ("[watchlist]", "[watch_list]", "watch_list is not known; did you mean watchlist?"),
        ("[deployment]", "[deployment]\nwanted_far = 1", "[deployment] wanted_far is not known; it belongs in [watch"),
        ("[deployment]", "[deployment]\nruntime = 1", "runtime is not known; it is a setting of the machine"),
        ("[deployment]", "[deployment]\nxyz = 1", "xyz is not known; known are name, place, use_case, policy, kind, "),
        ("[deployment]", '[deployment]\n"a\\u001b[2J" = 1', r"a\x1b[2J"),
        ("smallest_face_px", "smallest_face", '[[camera]] "north" smallest_face is not known; did you mean smallest'),
        ("[[camera]]", "[camera]", "[[camera]] must be at least one table [[camera]], in double brackets"),
    ],
)
def test_an_unknown_key_is_an_error_that_knows_the_nearest_one(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert says in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD
    for old, new in (
        ("hotspot", "anywhere"),
        ("common law", " "),
        ("T17:00:00Z", "T08:00:00Z"),
        ('folder = "people"', ""),
        ("0.001", "0.5"),
        ("[[0.0, 0.2]", "[[0.0, 1.2]"),
        ("smallest_face_px = 40", "smallest_face_px = 40\nspeed = 3"),
    ):
        text = text.replace(old, new, 1)
    text += text[text.index("[[camera]]") :].replace("= 40", "= 4")
    said = refusal(tmp_path, text)
    for part in (
        "[deployment] use_case must be",
        "[authority] legal_basis is blank",
        "[authority] valid_until must be later",
        "[watchlist] folder is missing",
        "[watchlist] wanted_far must be",
        '[[camera]] "north" zone: the corner (0, 1.2) lies outside',
        '[[camera]] "north" speed is not known',
        '[[camera]] "north" smallest_face_px must be',
        "[[camera]] no. 2 has the same name as no. 1",
    ):
        assert part in said
    assert "it has 9 faults" in said


@pytest.mark.parametrize("text", ["", "deployment = 3\nauthority = 3\nwatchlist = 3\ncamera = [3]"])
def test_a_file_without_tables_is_told_about_each(text: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, text)
    for table in ("[deployment]", "[authority]", "[watchlist]", "[[camera]]"):
        assert f"  - {table}" in said


def test_a_deployment_needs_a_camera(tmp_path: Path) -> None:
    text = "camera = []\n" + GOOD[: GOOD.index("[[camera]]")]
    assert "[[camera]] must be at least one table" in refusal(tmp_path, text)


def test_a_camera_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    text = GOOD.replace('name = "north"\n', "")
    assert "[[camera]] no. 1 name is missing" in refusal(tmp_path, text)


@pytest.mark.parametrize("url", ["rtsps://cam/1", "http://cam:8080/mjpeg", "https://cam/", "usb:0", "rtsp://[::1]/a"])
def test_live_sources_are_taken_as_they_are_written(url: str, tmp_path: Path) -> None:
    assert load(tmp_path, rehearsed(url)).cameras[0].url == url


@pytest.mark.parametrize("url", ["rtsp://u:hunter2@cam/1", "usb:0", "http://cam/"])
def test_a_rehearsal_refuses_a_live_address(url: str, tmp_path: Path) -> None:
    assert "is a live address, and a rehearsal takes recorded files only" in refusal(
        tmp_path, rehearsed(url), rehearsal=True
    )


@pytest.mark.parametrize("url", ["absent.mp4", "people", "u:hunter2@host/clip.mp4", "/dev/zero"])
def test_a_rehearsal_refuses_what_is_no_recording(url: str, tmp_path: Path) -> None:
    assert "does not exist or is no regular file" in refusal(tmp_path, rehearsed(url), rehearsal=True)


def test_a_kind_of_address_that_the_machine_leaves_out_is_refused(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(BadDeployment, match="url is refused"):
        load_deployment(tmp_path / "high-street.toml", rehearsal=False, schemes=("rtsps",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[deployment]\nname = High", "high-street.toml is not TOML: line 2, column 8: Invalid value."),
        ("[deployment", "high-street.toml is not TOML: line 1, column 12"),
        ("a = " + "[" * 100_000, "is not TOML"),
        ("a = " + "9" * 10_000, "is not TOML"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    assert says in refusal(tmp_path, text)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadDeployment, match="not UTF-8"):
        load_deployment(tmp_path / "a.toml", rehearsal=False)


@pytest.mark.parametrize("name", ["absent.toml", "people", "x" * 5000, "a\0b"])
def test_a_file_that_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    with pytest.raises(BadDeployment, match="There is no deployment file"):
        load_deployment(tmp_path / name, rehearsal=False)


def test_an_endless_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.toml").open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(BadDeployment, match="too large"):
        load_deployment(tmp_path / "a.toml", rehearsal=False)


def test_every_key_is_in_the_guide() -> None:
    guide = DOCS.read_text(encoding="utf-8")
    for table, model in TABLES.items():
        heading = f"## `[[{table}]]`" if table in REPEATED else f"## `[{table}]`"
        section = guide[guide.index(heading) + 3 :].split("\n## ")[0]
        for key in model.model_fields:
            assert f"`{key}`" in section, f"{table}.{key} is not in the guide"


def test_the_guides_example_is_a_good_file_that_its_policy_allows(tmp_path: Path) -> None:
    guide = DOCS.read_text(encoding="utf-8")
    example = guide.split("```toml\n", 1)[1].split("```", 1)[0]
    deployment = load(tmp_path, example)
    an_hour_before_us = deployment.authority.window.opens_us - 3_600_000_000
    policy = load_policy(deployment.policy)
    assert broken(terms_of(deployment, ()), History(), policy, an_hour_before_us) == ()


def test_a_rehearsal_takes_no_imported_list(tmp_path: Path) -> None:
    text = rehearsed("clip.mp4").replace('folder = "people"', 'list = "0193527e-8a00-7000-8000-000000000001"')
    assert "a rehearsal takes pictures from a folder" in refusal(tmp_path, text, rehearsal=True)


def test_an_imported_list_is_named_by_its_id(tmp_path: Path) -> None:
    name = "0193527e-8a00-7000-8000-000000000001"
    deployment = load(tmp_path, with_line("folder", f'list = "{name}"'))
    assert (deployment.folder, deployment.draft) == (None, name)


@pytest.mark.parametrize("name", ["nowhere", "x/" * 90 + "x"])
def test_a_folder_that_cannot_be_there_is_no_folder(tmp_path: Path, name: str) -> None:
    assert "which is not a folder" in refusal(tmp_path, with_line("folder", f'folder = "{name}"'))


def test_a_name_that_the_disk_does_not_take_is_no_folder_and_no_file() -> None:
    for ask in (is_folder, is_file):
        assert not ask(Path("x" * 5000))
        assert not ask(Path("a\0b"))


def test_a_document_that_is_not_there_and_a_purpose_that_is_no_code_are_refused(tmp_path: Path) -> None:
    document = '\n[[document]]\nkind = "dpia"\nreference = "7"\ndate = 2026-11-01T00:00:00Z\nfile = "dpia.pdf"\n'
    said = refusal(tmp_path, GOOD.replace("[authority]", 'purpose = "To Find"\n\n[authority]', 1) + document)
    assert "which does not exist or is no regular file" in said
    assert "must be a code of small letters" in said
    (tmp_path / "dpia.pdf").write_bytes(b"a paper")
    (one,) = load(tmp_path, GOOD + document).documents
    assert (one.kind, one.file) == ("dpia", tmp_path / "dpia.pdf")


def test_a_file_that_breaks_off_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fails)
    assert "cannot be read: Input/output error" in refusal(tmp_path, GOOD)
