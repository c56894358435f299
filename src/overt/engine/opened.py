"""The networks and the list, as a camera process finds them in sealed memory."""

from __future__ import annotations

import numpy as np

from overt.engine.order import SealedList, SealedModels
from overt.engine.sealed import map_sealed
from overt.faces.recipe import Networks, Recipe
from overt.recognition.match import WatchIndex


def networks_in(models: SealedModels, recipe: Recipe) -> Networks:
    content, cut = map_sealed(models.descriptor), models.detector_bytes
    return Networks(
        detector=content[:cut].tobytes(),
        embedder=content[cut : cut + models.embedder_bytes].tobytes(),
        recipe=recipe,
    )


def watch_index_in(watch_list: SealedList) -> WatchIndex:
    content = map_sealed(watch_list.descriptor)
    rows, length = watch_list.rows, watch_list.length
    cut = rows * length * 4
    templates = content[:cut].view(np.float32).reshape(rows, length)
    return WatchIndex(templates, content[cut : cut + rows * 4].view(np.int32))
