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
    network = runtime().network(networks().embedder, (1, 112, 112), rgb=True)
    idle = Embedder(network, Recipe())
    idle.embed(chips[:5], np.zeros((5, embedder().length), np.float32))
    assert network.input.any()
    idle.blank_if_idle()
    idle.blank_if_idle()
    assert not network.input.any()
    assert not any(output.any() for output in network.outputs.values())
