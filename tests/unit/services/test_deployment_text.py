"""How values get into the text of a deployment file, and what stays as it was written."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import BadDeployment
from overt.services.deployment_text import RowOf, Tables, rewritten


def put(text: str = "", repeated: dict[str, Any] | None = None, **single: Any) -> str:
    return rewritten(text, Tables(single=single, repeated=repeated or {}))


def test_values_stand_in_a_file_that_people_can_read() -> None:
    opens = datetime(2026, 11, 22, 9, tzinfo=UTC)
    made = put(
        deployment={"name": "High Street", "why_here": "seen here\nand there", "area": [[51.5, 0.0]], "nearby": []},
        authority={"valid_from": opens},
        watchlist={"wanted_far": 0.0005},
        repeated={"camera": [RowOf(values={"name": "north"})], "document": []},
    )
    assert tomllib.loads(made) == {
        "deployment": {"name": "High Street", "why_here": "seen here\nand there", "area": [[51.5, 0.0]], "nearby": []},
        "authority": {"valid_from": opens},
        "watchlist": {"wanted_far": 0.0005},
        "camera": [{"name": "north"}],
    }
    assert 'why_here = """seen here\nand there"""' in made
    assert "[[document]]" not in made


def test_what_stands_there_besides_stays() -> None:
    before = '# ours\n[deployment]\nname = "a" # the name\nmisspelt = 3\n[[camera]]\nname = "north" # left\nodd = 1\n'
    made = put(
        before,
        deployment={"name": "a", "place": "there"},
        repeated={"camera": [RowOf(values={"name": "north"}, was=0), RowOf(values={"name": "south"}, was=7)]},
    )
    assert "# ours" in made
    assert "# the name" in made
    assert "# left" in made
    read = tomllib.loads(made)
    assert read["deployment"] == {"name": "a", "misspelt": 3, "place": "there"}
    assert read["camera"] == [{"name": "north", "odd": 1}, {"name": "south"}]


def test_nothing_takes_a_key_out_and_no_rows_take_the_table_out() -> None:
    before = '[deployment]\nname = "a"\nplace = "b"\n[[document]]\nkind = "dpia"\n'
    made = put(before, deployment={"place": None, "purpose": None}, repeated={"document": []})
    assert tomllib.loads(made)["deployment"] == {"name": "a"}
    assert "document" not in tomllib.loads(made)


def test_places_nearby_stand_one_a_line_and_a_number_that_became_text_is_another() -> None:
    made = put("[watchlist]\nwanted_far = 1\n", deployment={"nearby": [{"kind": "school", "what": "x"}, "?"]})
    assert tomllib.loads(made)["deployment"]["nearby"] == [{"kind": "school", "what": "x"}, "?"]
    assert '    {kind = "school", what = "x"},\n' in made
    assert tomllib.loads(put(made, watchlist={"wanted_far": 1.0}))["watchlist"] == {"wanted_far": 1.0}


def test_what_is_no_table_becomes_one() -> None:
    made = put(
        'deployment = 3\ncamera = [{name = "a", odd = 1}, 4]\n',
        deployment={"name": "x"},
        repeated={"camera": [RowOf(values={"url": "u"}, was=0), RowOf(values={"name": "b"}, was=1)]},
    )
    assert tomllib.loads(made)["deployment"] == {"name": "x"}
    assert tomllib.loads(made)["camera"] == [{"name": "a", "odd": 1, "url": "u"}, {"name": "b"}]
    assert tomllib.loads(put("camera = 3\n", repeated={"camera": []})).get("camera") is None


@pytest.mark.parametrize("text", ["[deployment", "x = " + "[" * 5000, "x = " + "9" * 5000])
def test_nothing_is_put_into_what_is_no_toml(text: str) -> None:
    with pytest.raises(BadDeployment, match="no TOML"):
        put(text, deployment={"name": "x"})


@given(words=st.text())
def test_any_text_comes_back_as_it_was_typed(words: str) -> None:
    try:
        words.encode()
    except UnicodeEncodeError:
        return
    assert tomllib.loads(put(deployment={"why_here": words}))["deployment"] == {"why_here": words}
