"""The networks and the list in sealed memory: how the supervisor puts them there, and a camera process finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.engine.order import SealedList, SealedModels
from overt.engine.sealed import map_sealed, seal
from overt.faces.recipe import Networks, Recipe
from overt.faces.recogniser import exported_embedder
from overt.faces.runtime import Runtime
from overt.recognition.match import WatchIndex
from overt.recognition.rows import LONG_LIST, FloatRows, HalfRows, Rows, split


def seal_networks(networks: Networks, runtime: Runtime) -> SealedModels:
    embedder = exported_embedder(runtime, networks)
    return SealedModels(
        descriptor=seal("overt-networks", [networks.detector, embedder]),
        detector_bytes=len(networks.detector),
        embedder_bytes=len(embedder),
    )


def networks_in(models: SealedModels, recipe: Recipe) -> Networks:
    content, cut = map_sealed(models.descriptor, writeable=True), models.detector_bytes
    return Networks(
        detector=content[:cut].tobytes(),
        embedder=b"",
        exported=content[cut : cut + models.embedder_bytes],
        recipe=recipe,
    )


def seal_list(
    templates: FloatArray, row_entry: NDArray[np.int32], runtime: Runtime, *, long_list: int = LONG_LIST
) -> SealedList:
    """Copies a list; what is given stays as it is.

    Args:
        templates: shape (rows, length), float32.
        row_entry: shape (rows,).
        long_list: from how many rows they are kept in halves, where the runtime multiplies these.
    """
    rows, length = templates.shape
    in_halves = rows >= long_list and runtime.precision == "bf16"
    parts = split(templates) if in_halves else (np.ascontiguousarray(templates, np.float32),)
    descriptor = seal("overt-list", [*(part.data for part in parts), np.ascontiguousarray(row_entry, np.int32).data])
    for part in parts:
        if part is not templates:
            part.fill(0)
    return SealedList(descriptor=descriptor, rows=rows, length=length, in_halves=in_halves)


def watch_index_in(watch_list: SealedList, runtime: Runtime) -> WatchIndex:
    content = map_sealed(watch_list.descriptor)
    rows, length = watch_list.rows, watch_list.length
    cut = rows * length * 4
    listed: Rows
    if watch_list.in_halves:
        upper, lower = (half.reshape(rows, length) for half in np.split(content[:cut].view(np.uint16), 2))
        listed = HalfRows(upper, lower, runtime.product)
    else:
        listed = FloatRows(content[:cut].view(np.float32).reshape(rows, length))
    return WatchIndex(listed, content[cut : cut + rows * 4].view(np.int32))
