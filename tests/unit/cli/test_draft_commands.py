"""`overt list import`, `drafts`, `approve` and `withdraw`, as people type them."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from overt import bootstrap
from overt.bootstrap import make_installation, open_installation
from overt.cli.errors import ending
from overt.cli.main import build
from overt.domain.roles import Role
from overt.services.erase import erase_draft
from overt.services.sessions import sign_in
from overt.settings import load_settings
from overt.testing.toy_reader import ToyFace, ToyReader
from tests.drafting import listed
from tests.installations import PASSPHRASE, home_in
from tests.people import PASSWORD, administrators, person

Overt = Callable[..., tuple[int, str, str]]


@pytest.fixture
def overt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    """The command, signed in by name, in an installation with the list managers cat and dan and the operator eve; the
    passphrase is on its standard input."""
    home_in(tmp_path, monkeypatch)
    monkeypatch.setattr(bootstrap, "portrait_readers", lambda _: ToyReader())
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation)
        for name, role in (("cat", Role.LIST_MANAGER), ("dan", Role.LIST_MANAGER), ("eve", Role.OPERATOR)):
            person(installation, name, role)

    def run(by: str, *arguments: object) -> tuple[int, str, str]:
        with open_installation(load_settings()) as installation:
            token = sign_in(installation, by, PASSWORD, new_password=lambda: "").token
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OVERT_SESSION", token)
            patch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n"))
            try:
                code = ending(lambda: build()(["list", *map(str, arguments)]))
            except SystemExit as end:
                code = int(end.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def people(folder: Path, *names: str, **changes: dict[str, str]) -> Path:
    """A list of the present minute."""
    now_us = time.time_ns() // 1000
    return listed(folder, list(names), now_us=now_us, **changes)


def test_a_list_is_imported_approved_withdrawn_from_and_shown(overt: Overt, tmp_path: Path) -> None:
    assert overt("cat", "drafts") == (0, "No list was ever imported here.\n", "")
    assert overt("cat", "drafts", "--json") == (0, "", "")
    folder = people(tmp_path / "list", "fay", "gil", "hal", gil={"age": "13-17"})
    code, out, err = overt("cat", "import", folder)
    assert code == 0
    assert "gil waits for a second person's approval (under-18)" in out
    assert "has 3 entries, 0 left out" in out
    draft = err.split("The draft is ")[1].split(".")[0]
    assert "--resume" in err
    code, out, _ = overt("cat", "drafts")
    assert f"{draft}  3 imported, 0 withdrawn, dies by " in out
    assert overt("dan", "drafts", draft)[1].splitlines()[1].endswith(", waits for an approval (under-18)")
    code, out, err = overt("dan", "approve", draft, 1, "--reason", "agreed with the family")
    assert code == 0
    assert "reference: gil" in out
    assert "ground: failed to appear, gil" in out
    assert "The entry 1 is approved." in err
    assert overt("dan", "drafts", draft)[1].splitlines()[1].endswith(", approved (under-18)")
    assert overt("dan", "withdraw", draft, 0)[0] == 0
    records = [json.loads(line) for line in overt("dan", "drafts", draft, "--json")[1].splitlines()]
    assert [record["position"] for record in records] == [1, 2]
    assert records[0]["needs"] == ["under-18"]
    assert "gil" not in json.dumps(records)
    assert overt("dan", "withdraw", draft, 1)[0] == overt("dan", "withdraw", draft, 2)[0] == 0
    assert overt("dan", "drafts", draft) == (0, "The draft has no entry.\n", "")
    (row,) = [json.loads(line) for line in overt("dan", "drafts", "--json")[1].splitlines()]
    assert (row["draft"], row["entries"], row["withdrawn"], row["finished"]) == (draft, 3, 3, True)
    with open_installation(load_settings()) as installation:
        erase_draft(installation, draft, "by-hand")
    assert overt("dan", "drafts")[1].endswith(", erased\n")


def test_what_is_refused_is_told_and_ends_with_1(overt: Overt, tmp_path: Path) -> None:
    folder = people(tmp_path / "list", "fay", "gil", "hal", gil={"category": "intelligence"}, hal={"serious": "no"})
    (folder / "fay.png").rename(folder / "1.png")
    (folder / "fay").mkdir()
    for name in ("1", "2"):
        (folder / "fay" / f"{name}.png").write_bytes((folder / "1.png").read_bytes())
    (folder / "1.png").unlink()
    code, out, _ = overt("cat", "import", folder)
    assert code == 1
    assert "gil is left out (categories): gil has the category 'intelligence'" in out
    assert "fay/2.png of fay is not used: duplicate" in out
    assert "1 of 2 entries are serious" in out
    assert "(min_serious_share)" in out
    code, out, _ = overt("cat", "import", folder, "--json")
    record = json.loads(out)
    assert code == 1
    assert record["left_out"][0]["rule"] == "categories"
    assert record["unused"][0]["picture"] == "fay/2.png"
    assert record["broken"][0]["rule"] == "min_serious_share"
    assert (record["entries"], record["clean"], record["waiting"]) == (2, False, [])


def test_look_alikes_are_told(overt: Overt, tmp_path: Path) -> None:
    faces = {"fay": ToyFace(person=1, likeness=200), "gil": ToyFace(person=2, likeness=200)}
    folder = listed(tmp_path / "list", faces, now_us=time.time_ns() // 1000)
    code, out, _ = overt("cat", "import", folder, "--json")
    assert code == 0
    (pair,) = json.loads(out)["look_alikes"]
    assert pair["entries"] == ["fay", "gil"]


def test_of_a_list_without_a_usable_entry_nothing_is_kept(overt: Overt, tmp_path: Path) -> None:
    code, out, _ = overt("cat", "import", people(tmp_path / "list", "fay", fay={"ground": ""}))
    assert code == 1
    assert "Nothing was kept: none of 1 entries can be used." in out
    assert overt("cat", "import", tmp_path / "list", "--json")[1].startswith('{"draft": null')


def test_another_policy_judges_otherwise(overt: Overt, tmp_path: Path) -> None:
    folder = people(tmp_path / "list", "fay")
    code, out, _ = overt("cat", "import", folder, "--policy", "consent")
    assert code == 1
    assert "categories" in out
    assert overt("cat", "import", folder, "--policy", "nothing")[0] == 2


def test_only_list_managers_may(overt: Overt, tmp_path: Path) -> None:
    folder = people(tmp_path / "list", "fay")
    assert overt("eve", "import", folder)[0] == overt("eve", "drafts")[0] == 2
    draft = overt("cat", "import", folder)[2].split("The draft is ")[1].split(".")[0]
    code, _, err = overt("cat", "approve", draft, 0, "--reason", "it is fine")
    assert code == 2
    assert "You imported this list" in err


def test_an_unfinished_import_is_shown_as_such(overt: Overt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.services.list_import.BATCH", 1)
    folder = people(tmp_path / "list", "fay", "gil")
    (folder / "gil.png").write_bytes(b"\x89PNG")

    def no(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("overt.services.list_import._without_picture", no)
        code, _, err = overt("cat", "import", folder)
    assert code != 0
    draft = err.split("The draft is ")[1].split(".")[0]
    assert "1 imported, 0 withdrawn, import not finished, dies by" in overt("cat", "drafts")[1]
    assert overt("cat", "withdraw", draft, 0)[0] == 2
    code, out, _ = overt("cat", "import", folder, "--resume", draft)
    assert code == 1
    assert f"The draft {draft} has 1 entry, 1 left out." in out
