"""`overt evaluate envelope`: under which conditions a model pack's figures hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_identify import Errata, Folder, MostPictures, Seed, beside
from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.packs import PackNamed, pack_at
from overt.cli.words import say, tell

if TYPE_CHECKING:
    from overt.domain.progress import Progress
    from overt.evaluation.envelope import Cast
    from overt.evaluation.envelope_crowd import Crowd
    from overt.evaluation.envelope_edges import Curve, Level
    from overt.evaluation.envelope_kept import KeptLevels
    from overt.evaluation.envelope_report import Measured
    from overt.evaluation.provenance import Provenance
    from overt.evaluation.rehearse_truth import Street
    from overt.faces.pack import Pack
    from overt.faces.recogniser import Recogniser
    from overt.recognition.threshold import Threshold
    from overt.settings import Settings

ListSize = Annotated[int, typer.Option("--list-size", min=2, metavar="N", help="People on the list.")]
People = Annotated[int, typer.Option("--people", min=2, metavar="N", help="Probes, one of each person.")]
WantedFar = Annotated[
    float,
    typer.Option("--wanted-far", min=1e-6, max=0.5, metavar="X", help="False alerts a passage for the threshold."),
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="This condition only; may be given again.")
]
SideLight = Annotated[
    Path | None,
    typer.Option("--side-light", metavar="FOLDER", help="Pictures whose names say the light's direction."),
]
Streets = Annotated[
    list[Path] | None,
    typer.Option(
        "--street",
        metavar="CLIP",
        help="A rehearsed street of FOLDER's people (--hold-back), its truth beside it: what a crowd costs. May be "
        "repeated.",
    ),
]
Work = Annotated[
    Path | None, typer.Option("--work", metavar="FOLDER", help="Keep finished levels there, in numbers only, to go on.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Put the limits into the pack as its envelope.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the limits as a table into this file.")]


def add_to(group: typer.Typer) -> None:
    group.command()(envelope)


def envelope(
    folder: Folder,
    list_size: ListSize = 1000,
    people: People = 300,
    seed: Seed = 1,
    wanted_far: WantedFar = 0.001,
    only: Only = None,
    side_light: SideLight = None,
    street: Streets = None,
    errata: Errata = None,
    most_pictures: MostPictures = 10,
    pack: PackNamed = None,
    work: Work = None,
    keep: Keep = False,
    out: Out = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Measure what darkness, blur, distance and the like cost, and where a pack's envelope ends.

    The same people at every level: their pictures on the list are clean, those before the camera are spoiled.
    """
    from overt.domain.errors import Refused
    from overt.evaluation.envelope_run import chosen_names
    from overt.evaluation.rehearse_truth import with_truth
    from overt.services.packs import require_writable

    streets = with_truth(street or ())
    names = chosen_names(only or [], lit=side_light is not None, streets=bool(streets))
    the_pack = pack_at(pack)
    require_places(json_file, html_file)
    if keep and only:
        raise Refused("--only measures a part, and --keep replaces the whole.", "Leave one of them out.")
    for path in (the_pack.folder / "pack.toml" if keep else None, out):
        if path is not None:
            require_writable(path)
    wanted = _Wanted(
        pack=the_pack,
        folder=folder,
        errata=errata or beside(folder, "errata.csv"),
        side_light=side_light,
        streets=streets,
        most_pictures=most_pictures,
        work=work,
        names=names,
        people=people,
        list_size=list_size,
        wanted_far=wanted_far,
        seed=seed,
    )
    found = wanted.measured()
    if not to_standard_output(json_file):
        for sentence in (*found.sentences(), found.provenance.sentence()):
            say(sentence)
    _keep(found, the_pack if keep else None, out)
    write(found.record(), found.report, json_file, html_file)


def _keep(found: Measured, pack: Pack | None, out: Path | None) -> None:
    """Puts the limits where they are wanted."""
    from overt.domain.errors import Refused
    from overt.services.packs import keep_envelope, write_whole

    if pack is None and out is None:
        return
    table = found.envelope()
    if table is None:
        raise Refused("No limit follows from what was measured, so nothing was kept.", "Measure more people.")
    if out is not None:
        write_whole(out, table.to_toml())
        tell(f"The limits are in {out}.")
    if pack is not None:
        tell(f"The pack's envelope is in {keep_envelope(pack, table)}.")


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What is to be measured; attributes as the options."""

    pack: Pack
    folder: Path
    errata: Path | None
    side_light: Path | None
    streets: list[Street]
    most_pictures: int
    work: Path | None
    names: tuple[str, ...]
    people: int
    list_size: int
    wanted_far: float
    seed: int

    def measured(self) -> Measured:
        """Reads, spoils and looks, with its progress on standard error."""
        from overt.bootstrap import recogniser
        from overt.cli.progress import Counter
        from overt.evaluation.envelope import cast_of
        from overt.evaluation.envelope_report import Measured
        from overt.evaluation.samples import pictures_by_person, pictures_digest
        from overt.faces.pack import load
        from overt.settings import load_settings

        threshold, settings = self._threshold(), load_settings()
        pictures = pictures_by_person(self.folder, self.errata, self.most_pictures)
        lit = None if self.side_light is None else pictures_by_person(self.side_light)
        digests = tuple(pictures_digest(one) for one in (pictures, lit) if one is not None)
        kept = self._kept(digests, settings)
        tell(f"Labels corrected by {self.errata}." if self.errata else "No errata file: every label is taken as it is.")
        reader = recogniser(settings, load(self.pack))
        with Counter("Reading pictures") as counter:
            cast = cast_of(
                pictures, reader, people=self.people, list_size=self.list_size, seed=self.seed, progress=counter
            )
        tell(f"{len(cast.probes):,} people before the camera, {len(cast.entries):,} pictures on the list.")
        return Measured(
            curves=self._curves(cast, reader, threshold, pictures, lit, kept),
            threshold=threshold,
            people=len(cast.probes),
            no_face=sum(probe is None for probe in cast.probes),
            provenance=self._provenance(len(pictures), digests[0]),
        )

    def _threshold(self) -> Threshold:
        from overt.domain.errors import BadModel
        from overt.recognition.threshold import threshold_for

        if self.pack.calibration is None:
            raise BadModel(
                f"The model pack {self.pack.name} was never calibrated, so it has no threshold.",
                "Calibrate it: overt calibrate FOLDER.",
            )
        return threshold_for(self.pack.calibration, self.list_size, self.wanted_far)

    def _kept(self, digests: tuple[str, ...], settings: Settings) -> KeptLevels | None:
        from overt.evaluation.envelope_kept import KeptLevels, kept_key

        if self.work is None:
            return None
        key = kept_key(
            self.pack,
            digests=digests,
            people=self.people,
            list_size=self.list_size,
            seed=self.seed,
            runtime=settings.runtime,
            precision=settings.precision,
        )
        return KeptLevels(self.work, key)

    def _curves(
        self,
        cast: Cast,
        reader: Recogniser,
        threshold: Threshold,
        pictures: dict[str, list[Path]],
        lit: dict[str, list[Path]] | None,
        kept: KeptLevels | None,
    ) -> tuple[Curve, ...]:
        from contextlib import ExitStack

        from overt.cli.progress import Counter
        from overt.domain.rules import RecognitionRules
        from overt.evaluation.envelope_look import OneLook
        from overt.evaluation.envelope_run import measured

        with ExitStack() as stack:

            def step(words: str) -> Counter:
                stack.close()  # the line of the step before
                return stack.enter_context(Counter(words))

            return measured(
                cast,
                OneLook(reader, RecognitionRules()),
                reader,
                names=self.names,
                threshold=threshold.value,
                seed=self.seed,
                step=step,
                lit=lit,
                crowd=self._crowd(pictures, reader) if self.streets else None,
                kept=kept,
            )

    def _crowd(self, pictures: dict[str, list[Path]], reader: Recogniser) -> Crowd:
        from overt.domain.rules import RecognitionRules
        from overt.engine.clock import SystemClock
        from overt.evaluation.envelope_crowd import Crowd, crowd_level
        from overt.evaluation.rehearse_truth import truth_path

        digest = hashlib.sha256(b"".join(truth_path(clip).read_bytes() for clip, _ in self.streets)).hexdigest()

        def watch(progress: Progress) -> Level:
            return crowd_level(
                self.streets, pictures, reader, rules=RecognitionRules(), clock=SystemClock(), progress=progress
            )

        return Crowd(key=digest[:16], watch=watch)

    def _provenance(self, people: int, digest: str) -> Provenance:
        from overt.engine.clock import SystemClock
        from overt.evaluation.provenance import provenance

        corrected = ", label errors corrected" if self.errata else ""
        lit = f"; side light from a folder named {self.side_light.resolve().name}" if self.side_light else ""
        crowd = f"; a crowd from {len(self.streets):,} rehearsed streets" if self.streets else ""
        source = f"pictures of {people:,} people in a folder named {self.folder.resolve().name}{corrected}{lit}{crowd}"
        return provenance(self.pack, source=source, digest=digest, seed=self.seed, now_us=SystemClock().now_us())
