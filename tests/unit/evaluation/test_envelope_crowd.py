"""What a crowd costs, with drawn comparisons: whose time counts, who is left out, and how dense it was."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from overt.domain.errors import Refused
from overt.domain.rules import RecognitionRules
from overt.evaluation import envelope_crowd
from overt.evaluation.envelope import by_crowd
from overt.evaluation.envelope_crowd import crowd_level
from overt.evaluation.envelope_edges import Level
from overt.evaluation.passages import Comparison, Heard
from overt.evaluation.rehearse_truth import TruePassage
from overt.testing.fixed_clock import FixedClock

RULES = RecognitionRules()


def walk(person: str, first: int, last: int, picture: str = "b.png") -> TruePassage:
    return TruePassage(
        passage=1,
        person=person,
        picture=f"{person}/{picture}",
        first_frame=first,
        last_frame=last,
        first_usable_frame=first + 5,
        last_usable_frame=last - 5,
        usable_frames=last - first - 10,
        largest_face_px=80.0,
    )


def comparison(frame: int, axis: int) -> Comparison:
    template = np.eye(4, dtype=np.float32)[axis : axis + 1]
    return Comparison(passage=1, frame=frame, fused=template, shots=np.concatenate([template, template]))


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Any]]:
    """Ann (axis 0) walks first and is compared; Bob (axis 1) walks later and is not; Cat has one picture only."""
    walks = (walk("ann", 0, 100), walk("bob", 300, 400), walk("cat", 0, 400))
    heard = Heard(
        comparisons=(comparison(50, 0), comparison(110, 1), comparison(200, 1)),
        in_view={**dict.fromkeys(range(0, 200, 10), 2), **dict.fromkeys(range(200, 500, 10), 9)},
    )
    axes = {"ann": 0, "bob": 1}
    monkeypatch.setattr(envelope_crowd, "comparisons_of", lambda clip, reader, **given: heard)
    monkeypatch.setattr(
        envelope_crowd,
        "_entry",
        lambda one, paths, reader: np.eye(4, dtype=np.float32)[None, axes[one.person]] if one.person in axes else None,
    )
    truth = SimpleNamespace(header=SimpleNamespace(frames=500), usable_passages=walks)
    return [(Path("street.mp4"), truth)]


def level_of(street: list[tuple[Path, Any]]) -> Level:
    return crowd_level(
        street,
        {},
        SimpleNamespace(),  # type: ignore[arg-type]
        rules=RULES,
        clock=FixedClock(),
        progress=lambda done, total: None,
    )


def test_a_walk_is_found_by_what_was_compared_in_its_time_and_by_nothing_else(street: list[tuple[Path, Any]]) -> None:
    level = level_of(street)
    assert level.people.tolist() == [0, 1]
    assert level.own[0] == pytest.approx(1.0)
    assert np.isnan(level.own[1])
    assert level.found(0.5).tolist() == [True, False]
    assert level.live["in_view"].tolist() == [2.0, 9.0]


def test_streets_of_people_with_one_picture_are_refused(street: list[tuple[Path, Any]]) -> None:
    street[0][1].usable_passages = street[0][1].usable_passages[2:]
    with pytest.raises(Refused, match="Nobody who walks") as refusal:
        level_of(street)
    assert "--hold-back" in refusal.value.todo


def test_walks_are_cut_by_how_many_faces_were_followed() -> None:
    count = 60
    in_view = np.tile([1.0, 5.0, 9.0], 20)
    flat = Level(
        level=0.0,
        people=np.arange(count),
        own=np.where(in_view > 6, 0.2, 0.9),
        other=np.full(count, -1.0),
        live={"in_view": in_view},
    )
    condition, levels = by_crowd(flat)
    assert condition.name == "crowd"
    assert [level.level for level in levels] == [2.0, 5.0, 9.0]
    assert [int(level.found(0.5).sum()) for level in levels] == [20, 20, 0]
    assert [level.median("in_view") for level in levels] == [1.0, 5.0, 9.0]
