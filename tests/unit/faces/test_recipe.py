"""How templates are made of a network's answers: mirrored stills, and the centre taken off."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.faces.embed import Embedder
from overt.faces.recipe import Recipe
from tests.unit.faces.parts import Picture, embedder, networks, recogniser, runtime, sample

CENTRE = tuple(round(float(number), 6) for number in np.random.default_rng(3).normal(0, 0.03, 128))


@pytest.fixture(scope="module")
def chip() -> Picture:
    picture = sample("single_face.jpg")
    (face,) = recogniser().portraits(picture)
    assert face.quality.score > 0.6
    return np.ascontiguousarray(picture[:112, :112])


@given(st.lists(st.floats(-0.2, 0.2), max_size=20), st.booleans(), st.booleans())
def test_a_recipe_comes_back_from_its_table(centre: list[float], levelled: bool, mirrored: bool) -> None:
    recipe = Recipe(levelled=levelled, mirrored=mirrored, centre=tuple(centre))
    assert Recipe.from_table(tomllib.loads(recipe.to_toml())["templates"]) == recipe


def test_a_pack_without_the_table_has_the_plain_recipe() -> None:
    assert Recipe.from_table({}) == Recipe(levelled=False, mirrored=False, centre=())


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"mirrored": 1}, "mirrored of templates is 1"),
        ({"levelled": "yes"}, "levelled of templates is 'yes'"),
        ({"centre": 0.1}, "centre of templates is 0.1"),
        ({"mean": True}, "mean of templates is True"),
        ({"mean": "0"}, "mean of templates is '0'"),
        ({"mean": float("inf")}, "finite"),
        ({"scale": 0}, "above 0"),
        ({"colour": "grb"}, "rgb or bgr"),
        ({"centre": ["a"]}, "a list of numbers"),
        ({"centre": [True]}, "a list of numbers"),
        ({"centre": [float("nan")]}, "finite numbers"),
        ({"centre": [0.8, 0.7]}, "shorter than a template"),
        ({"side": 2}, "side is no setting of templates; known are colour,"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(table: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Recipe.from_table(table)


def test_each_setting_makes_another_recipe() -> None:
    recipes = [
        Recipe(),
        Recipe(colour="bgr"),
        Recipe(mean=1),
        Recipe(scale=2),
        Recipe(levelled=True),
        Recipe(brightened=True),
        Recipe(mirrored=True),
        Recipe(centre=(0.1,)),
        Recipe(centre=(0.2,)),
    ]
    assert len({recipe.digest for recipe in recipes}) == len(recipes)


def test_the_centre_is_taken_off_and_the_rest_brought_to_length_1(chip: Picture) -> None:
    plain, off = (np.zeros((1, 128), np.float32) for _ in range(2))
    embedder().embed([chip], plain)
    embedder(recipe=Recipe(centre=CENTRE)).embed([chip], off)
    expected = plain[0] - np.array(CENTRE, np.float32)
    np.testing.assert_allclose(off[0], expected / np.linalg.norm(expected), atol=1e-6)


def test_a_still_is_the_mean_of_the_face_and_its_mirror(chip: Picture) -> None:
    both = np.zeros((2, 128), np.float32)
    embedder().embed([chip, np.ascontiguousarray(chip[:, ::-1])], both)
    still, turned, single = (np.zeros(128, np.float32) for _ in range(3))
    mirrored = embedder(recipe=Recipe(mirrored=True, centre=CENTRE))
    mirrored.embed_still(chip, still)
    mirrored.embed_still(np.ascontiguousarray(chip[:, ::-1]), turned)
    mean = both.sum(axis=0) / np.linalg.norm(both.sum(axis=0)) - np.array(CENTRE, np.float32)
    np.testing.assert_allclose(still, mean / np.linalg.norm(mean), atol=1e-5)
    np.testing.assert_allclose(still, turned, atol=1e-5)
    embedder().embed_still(chip, single)
    np.testing.assert_allclose(single, both[0], atol=1e-5)


def test_a_centre_of_another_length_is_refused() -> None:
    network = runtime().network(networks().embedder, (1, 112, 112), rgb=True)
    with pytest.raises(ValueError, match="the centre has 2 numbers, and a template 128"):
        Embedder(network, Recipe(centre=(0.1, 0.2)))
