"""A whole rehearsed clip: the faces are where its truth says, twice the same, and never half there."""

from __future__ import annotations

import json
import os
import stat
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image

from overt.bootstrap import recogniser
from overt.domain.errors import Refused
from overt.evaluation.rehearse import Choices, rehearse, require_empty_street, require_free
from overt.evaluation.rehearse_cast import Cast, cast_of, people_in
from overt.evaluation.rehearse_light import mark_box
from overt.evaluation.rehearse_truth import Truth, read_truth, truth_path
from overt.faces.recogniser import Recogniser
from overt.settings import load_settings

SMALL = Choices(seconds=3, passages=2, width=640, height=360, fps=10, seed=3)


@pytest.fixture(scope="module")
def reader() -> Recogniser:
    return recogniser(load_settings())


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory, reader: Recogniser) -> Cast:
    """The one face that may be had anywhere, and its mirror image as another person."""
    folder = tmp_path_factory.mktemp("people")
    picture = Image.fromarray(skimage.data.astronaut()[:400, :450])
    picture.save(folder / "ann.png")
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "bea.png")
    return cast_of(folder, people_in(folder), reader, lambda *_: None, passages=2, seed=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cast: Cast) -> tuple[Path, Truth, list[tuple[int, int]]]:
    out = tmp_path_factory.mktemp("clip") / "street.mp4"
    told: list[tuple[int, int]] = []
    truth = rehearse(cast, SMALL, out, lambda *at: told.append(at))
    return out, truth, told


def frames(clip: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(clip)) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]


def test_the_clip_is_h264_of_the_wanted_size_and_says_that_it_is_rehearsed(
    made: tuple[Path, Truth, list[tuple[int, int]]],
) -> None:
    clip, truth, told = made
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.average_rate) == (640, 360, Fraction(10))
        assert container.metadata["title"] == "REHEARSED (simulated)"
        times = [frame.time for frame in container.decode(video=0)]
    assert times == [truth.media_time_s(number) for number in range(30)]
    assert told == [(done, 30) for done in range(1, 31)]
    wide, tall = mark_box(360, 640)
    for picture in frames(clip):
        assert picture[:tall, :wide].max() > 180
        assert np.median(picture[:tall, :wide]) < 30


def test_the_truth_beside_it_is_what_was_returned(made: tuple[Path, Truth, list[tuple[int, int]]], cast: Cast) -> None:
    clip, truth, _ = made
    assert read_truth(truth_path(clip)) == truth
    assert {one.person for one in truth.passages} == {"ann", "bea"}
    assert (truth.header.frames, truth.header.people, truth.header.pictures) == (30, 2, cast.digest)
    for one in truth.passages:
        seen = [number for number, faces in enumerate(truth.frames) for face in faces if face.passage == one.passage]
        assert (one.first_frame, one.last_frame) == (seen[0], seen[-1])
    assert sorted(path.name for path in clip.parent.iterdir()) == ["street.mp4", "street.truth.jsonl"]


def test_faces_are_where_the_truth_says(made: tuple[Path, Truth, list[tuple[int, int]]], reader: Recogniser) -> None:
    clip, truth, _ = made
    looked_at = 0
    for picture, faces in zip(frames(clip), truth.frames, strict=True):
        large = [face for face in faces if face.box[2] - face.box[0] > 35 and face.visible > 0.95]
        found = reader.portraits(picture) if large else []
        for face in large:
            middle = np.array([face.box[0] + face.box[2], face.box[1] + face.box[3]]) / 2
            wide = face.box[2] - face.box[0]
            near = [one for one in found if np.hypot(*((one.box[:2] + one.box[2:]) / 2 - middle)) < wide / 3]
            assert near, (face, [one.box for one in found])
            assert 0.75 < float(near[0].box[2] - near[0].box[0]) / wide < 1.35
            away = np.hypot(*(near[0].landmarks - np.array(face.landmarks)).T)
            assert away.mean() < 0.09 * wide
            looked_at += 1
    assert looked_at > 5


def test_the_same_choices_give_the_same_bytes(
    made: tuple[Path, Truth, list[tuple[int, int]]], cast: Cast, tmp_path: Path
) -> None:
    clip, _, _ = made
    again = tmp_path / "again.mp4"
    rehearse(cast, SMALL, again, lambda *_: None)
    assert truth_path(again).read_bytes() == truth_path(clip).read_bytes()
    assert again.read_bytes() == clip.read_bytes()


def test_light_changes_the_picture_and_nothing_in_the_truth_but_its_name(
    made: tuple[Path, Truth, list[tuple[int, int]]], cast: Cast, tmp_path: Path
) -> None:
    clip, truth, _ = made
    street = np.full((100, 200, 3), 140, np.uint8)
    night = Choices(**{**vars(SMALL), "light": "night"})
    dark = rehearse(cast, night, tmp_path / "night.mp4", lambda *_: None, background=street)
    assert dark.frames == truth.frames
    assert dark.passages == truth.passages
    assert dark.header.light == "night"
    assert dark.header.background != truth.header.background == "drawn"
    assert frames(tmp_path / "night.mp4")[15].mean() < 0.7 * frames(clip)[15].mean()


def test_a_background_with_a_face_is_refused(reader: Recogniser) -> None:
    picture = np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])
    with pytest.raises(Refused, match="shows 1 face, of which the truth would not know"):
        require_empty_street(picture, reader)
    require_empty_street(np.full((200, 300, 3), 90, np.uint8), reader)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seconds": 0.5}, "1 to 3,600 seconds"),
        ({"seconds": 4000.0}, "1 to 3,600 seconds"),
        ({"seconds": float("nan")}, "1 to 3,600 seconds"),
        ({"density": "crowded"}, "no density called crowded"),
        ({"light": "noon"}, "no light called noon"),
        ({"width": 1921}, "1921 x 1080"),
        ({"height": 100}, "1920 x 100"),
        ({"width": 8000}, "8000 x 1080"),
        ({"fps": 4}, "4 frames a second"),
        ({"fps": 61}, "61 frames a second"),
        ({"seed": -1}, "-1 is no seed"),
        ({"passages": 0}, "0 passages in 60 seconds"),
        ({"passages": 301}, "301 passages in 60 seconds"),
    ],
)
def test_silly_numbers_are_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        Choices(**fields)  # type: ignore[arg-type]
    assert refused.value.todo


@pytest.mark.parametrize(("density", "passages"), [("sparse", 15), ("normal", 50), ("dense", 120)])
def test_the_density_says_how_many_pass_in_a_minute(density: str, passages: int) -> None:
    assert Choices(density=density).wanted_passages == passages
    assert Choices(density=density, seconds=30).wanted_passages == round(passages / 2)
    assert Choices(density=density, passages=7).wanted_passages == 7


def test_what_is_there_is_not_written_over_unless_asked(tmp_path: Path) -> None:
    out = tmp_path / "street.mp4"
    require_free(out, replace=False)
    for path in (out, truth_path(out)):
        path.write_text("before")
        with pytest.raises(Refused, match=f"{path.name} is there already"):
            require_free(out, replace=False)
        require_free(out, replace=True)
        path.unlink()
        path.mkdir()
        with pytest.raises(Refused, match="not a regular file"):
            require_free(out, replace=True)
        path.rmdir()


def test_a_place_that_cannot_take_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"does not end with \.mp4"):
        require_free(tmp_path / "street.avi", replace=False)
    with pytest.raises(Refused, match="does not exist"):
        require_free(tmp_path / "none" / "street.mp4", replace=False)
    closed = tmp_path / "closed"
    closed.mkdir(mode=stat.S_IRUSR)
    if os.access(closed, os.W_OK):
        pytest.skip("this machine refuses to withhold a right from root")
    with pytest.raises(Refused, match="may not write"):
        require_free(closed / "street.mp4", replace=False)


def test_a_folder_that_goes_away_meanwhile_is_refused(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: No such file"):
        rehearse(cast, SMALL, tmp_path / "gone" / "street.mp4", lambda *_: None)


def test_interrupted_it_leaves_what_was_there(cast: Cast, tmp_path: Path) -> None:
    out = tmp_path / "street.mp4"
    out.write_bytes(b"before")

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse(cast, SMALL, out, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["street.mp4"]
    assert out.read_bytes() == b"before"


def test_an_enlarged_photograph_is_still_a_clip(cast: Cast, tmp_path: Path) -> None:
    street = cv2.resize(np.full((20, 20, 3), 90, np.uint8), (40, 20))
    truth = rehearse(
        cast,
        Choices(seconds=1, passages=1, width=320, height=240, fps=5),
        tmp_path / "a.mp4",
        lambda *_: None,
        background=np.asarray(street, np.uint8),
    )
    assert len(frames(tmp_path / "a.mp4")) == 5 == len(truth.frames)
    assert json.loads(truth_path(tmp_path / "a.mp4").read_text("utf-8").splitlines()[0])["passages"] == 1


def test_who_was_never_in_the_picture_is_no_passage(cast: Cast, tmp_path: Path) -> None:
    # With this seed one of four people has left the picture sideways before this short clip begins.
    out = tmp_path / "short.mp4"
    truth = rehearse(cast, Choices(seconds=1, passages=4, width=640, height=360, seed=45), out, lambda *_: None)
    assert [one.passage for one in truth.passages] == [1, 2, 3]
    assert {face.passage for faces in truth.frames for face in faces} == {1, 2, 3}
    assert read_truth(truth_path(out)) == truth
