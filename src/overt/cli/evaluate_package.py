"""`overt evaluate package`: what an outside evaluator gets, and whether it gives the figures that it tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_trial import (
    Everybody,
    ListFolder,
    Seed,
    Tolerance,
    is_file,
    read_truth,
    signed_in,
)
from overt.cli.packs import pack_at
from overt.cli.words import say

if TYPE_CHECKING:
    from overt.evaluation.trial_truth import Truth
    from overt.services.handover import Measure

FINDING = 1


def add_to(group: typer.Typer) -> None:
    group.command()(package)


def package(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A deployment's id or name, or what overt watch --json printed, as a file."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PLACE", help="A new folder, or a file that ends in .zip.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help="The tally, as for overt evaluate trial.")
    ] = None,
    list_folder: ListFolder = None,
    everybody: Everybody = False,
    tolerance: Tolerance = 2.0,
    seed: Seed = 1,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="PACKAGE", help="Verify a package, and count its figures from it alone."),
    ] = None,
) -> None:
    """Make what an outside evaluator needs: times, scores, tally, settings, digests. No faces and no names.

    With --check it needs no installation, and ends with 1 where a figure differs.
    """
    from overt.domain.errors import Refused

    if check is not None:
        if run is not None or out is not None:
            raise Refused("--check stands alone: it looks at one package.", "Leave the other options out.")
        raise typer.Exit(_check(check))
    if run is None or out is None:
        raise Refused("A package is of a deployment or a run, and is put somewhere.", "Give RUN and --out PLACE.")
    _make(run, out, truth, list_folder, everybody=everybody, tolerance_s=tolerance, seed=seed)


def _make(
    run: str,
    out: Path,
    truth: Path | None,
    list_folder: Path | None,
    *,
    everybody: bool,
    tolerance_s: float,
    seed: int,
) -> None:
    from overt.evaluation.handover import digest_of, require_free, write
    from overt.services.handover import Measure

    require_free(out)
    tally = None if truth is None else read_truth(truth, list_folder, everybody=everybody)[0]
    measure = Measure(tolerance_s=tolerance_s, seed=seed)
    files = _of_file(run, tally, measure) if is_file(run) else _of_deployment(run, tally, measure)
    write(files, out)
    say(f"The package is at {out}: {len(files)} files, without a picture, a template, a name or a reference.")
    say(f"SHA-256 of its manifest: {digest_of(files)}")


def _of_file(run: str, tally: Truth | None, measure: Measure) -> dict[str, bytes]:
    import os

    from overt.evaluation.trial_run import read_run
    from overt.services.handover import package_of_run

    return package_of_run(read_run(Path(run)), tally, pack_at(None), measure, os.urandom)


def _of_deployment(run: str, tally: Truth | None, measure: Measure) -> dict[str, bytes]:
    from overt.services.handover import package_of_deployment, record_handover
    from overt.services.trials import kept_deployment, kept_trial

    with signed_in(finish=True) as (installation, by):
        kept = kept_deployment(installation, run) if tally is None else kept_trial(installation, run)
        files = package_of_deployment(installation, kept, tally, pack_at(None), measure)
        record_handover(installation, by, kept, files)
        return files


def _check(place: Path) -> int:
    from overt.evaluation.handover import differences, digest_of, read

    files = read(place)
    found = differences(files)
    for one in found:
        say(one)
    if not found:
        say(f"No difference: {len(files)} files are as the manifest says, and give the figures that are told.")
    say(f"SHA-256 of its manifest: {digest_of(files)}")
    return FINDING if found else 0
