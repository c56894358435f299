"""Templates: unit vectors, the same in any batch, alike for one person."""

from __future__ import annotations

import numpy as np
import pytest

from overt.faces.embed import Embedder
from overt.faces.recipe import Recipe
from tests.unit.faces.parts import RUNTIMES, Picture, embedder, networks, recogniser, runtime, sample, templates


@pytest.fixture(scope="module")
def chips() -> list[Picture]:
    """Seven pictures that are no faces: what counts here is where each ends up."""
    random = np.random.default_rng(7)
    return [random.integers(0, 256, (112, 112, 3), dtype=np.uint8) for _ in range(7)]


def test_a_template_has_128_numbers_and_length_1(chips: list[Picture]) -> None:
    found = templates(chips)
    assert found.shape == (7, 128)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_template_does_not_depend_on_its_neighbours(name: str, chips: list[Picture]) -> None:
    together = templates(chips, name)
    for position, chip in enumerate(chips):
        assert templates([chip], name)[0] @ together[position] > 0.9995


def test_no_faces_give_no_templates() -> None:
    templates([])


def test_colour_order_is_minded(chips: list[Picture]) -> None:
    swapped = [np.ascontiguousarray(chip[:, :, ::-1]) for chip in chips]
    assert (templates(chips) * templates(swapped)).sum(axis=1).max() < 0.999


def test_the_same_person_is_near_and_others_are_far() -> None:
    found = recogniser().portraits(sample("multi_face.jpg"))
    assert len(found) >= 5
    table = np.stack([one.template for one in found])
    others = table @ table.T - np.eye(len(found))
    assert others.max() < 0.5
    again = recogniser().portraits(np.ascontiguousarray(sample("multi_face.jpg")[:, ::-1]))[0]
    assert float((table @ again.template).max()) > 0.8


def test_an_idle_embedder_forgets(chips: list[Picture]) -> None:
    single = runtime().network(networks().embedder, (1, 112, 112), rgb=True)
    four = runtime().network(networks().embedder, (4, 112, 112), rgb=True)
    both = Embedder(single, four, Recipe())
    both.embed(chips[:5], np.zeros((5, embedder().length), np.float32))
    assert single.input.any()
    assert four.input.any()
    both.blank_if_idle()
    both.blank_if_idle()
    for network in (single, four):
        assert not network.input.any()
        assert not any(output.any() for output in network.outputs.values())


def test_places_of_a_batch_that_are_not_used_hold_nobody(chips: list[Picture]) -> None:
    four = runtime().network(networks().embedder, (4, 112, 112), rgb=True)
    both = Embedder(runtime().network(networks().embedder, (1, 112, 112), rgb=True), four, Recipe())
    both.embed(chips[:4], np.zeros((4, 128), np.float32))
    both.embed(chips[4:7], np.zeros((3, 128), np.float32))
    assert not four.input[3].any()
