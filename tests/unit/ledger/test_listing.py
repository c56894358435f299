"""Who was listed, with proof: every answer verifies, and no other does, checked by the file that runs alone."""

from __future__ import annotations

import ast
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.ledger import verify_listed, vrf
from overt.ledger.entry import Entry
from overt.ledger.head import Head, public_key_text
from overt.ledger.listing import SUITE, TAG, Shown, joined, output_of, root_of, shown, text_of
from overt.ledger.merkle import EMPTY_ROOT, frontier_of, inclusion_proof, leaf_hash
from overt.ledger.verify_listed import Failed, Unusable, check, main
from overt.ledger.vrf import SecretKey
from tests.stores import uuid
from tests.unit.ledger.books import KEY, OTHER_KEY
from tests.unit.ledger.test_vrf import NOT_CANONICAL, SMALL, VECTORS, Vector

SECRET = SecretKey(secret=bytes(range(32)))
OTHER_SECRET = SecretKey(secret=bytes(32))
DEPLOYMENT, LIST = uuid(1), uuid(0x1001)
PEOPLE = ("ann", "bob", "cat", "dan", "eve")
PUBLIC = public_key_text(KEY.public_key())
FEW = settings(max_examples=25)


class Leaves(list[bytes]):
    def leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        return self[start:stop]


def outputs_of(people: tuple[str, ...], secret: SecretKey = SECRET) -> bytes:
    return joined(output_of(secret, DEPLOYMENT, one) for one in people)


def facts_of(outputs: bytes, secret: SecretKey = SECRET, **changes: Any) -> dict[str, Any]:
    facts = {
        "list": LIST,
        "suite": SUITE,
        "key": secret.public.hex(),
        "root": root_of(outputs).hex(),
        "outputs": len(outputs) // 32,
        "answer_until_us": 7,
    }
    return facts | changes


def entry_of(index: int, outputs: bytes, **changes: Any) -> bytes:
    fields = {"kind": "list.committed", "deployment": DEPLOYMENT, "facts": facts_of(outputs)} | changes
    return Entry(index=index, at_us=index, actor="system", **fields).to_bytes()


def recorded(entries: list[bytes], index: int) -> dict[str, Any]:
    """The proof of one entry, as `overt ledger prove` prints it."""
    leaves = Leaves(leaf_hash(each) for each in entries)
    head = Head(log="l", size=len(entries), root=frontier_of(leaves, len(entries)).root, at_us=9)
    return {
        "index": index,
        "entry": entries[index].decode(),
        "path": [each.hex() for each in inclusion_proof(leaves, index, len(entries))],
        "size": head.size,
        "root": head.root.hex(),
        "head": head.to_bytes().decode(),
        "signature": head.signed(KEY).signature.hex(),
    }


def entries_of(outputs: bytes) -> list[bytes]:
    noise = [Entry(index=at, kind="test.noted", at_us=at, actor="system").to_bytes() for at in (0, 2)]
    return [noise[0], entry_of(1, outputs), noise[1]]


def answer_of(reference: str, people: tuple[str, ...] = PEOPLE, **changes: Any) -> dict[str, Any]:
    outputs = outputs_of(people)
    found = shown(SECRET, DEPLOYMENT, reference, outputs)
    return wrapped(found, outputs, **changes)


def wrapped(found: Shown, outputs: bytes, **changes: Any) -> dict[str, Any]:
    about = {"_version": TAG, "deployment": DEPLOYMENT, "list": LIST}
    record = {"record": recorded(entries_of(outputs), 1)}
    return {**about, **found.record(SECRET.public, outputs), **record, **changes}


def mark(answer: dict[str, Any]) -> str:
    return f"{answer['record']['size']}:{answer['record']['root']}"


def export_of(entries: list[bytes], folder: Path) -> Path:
    leaves = Leaves(leaf_hash(each) for each in entries)
    file = folder / "ledger.txt"
    with file.open("wb") as out:
        for size, entry in enumerate(entries, 1):
            head = Head(log="l", size=size, root=frontier_of(leaves, size).root, at_us=9).signed(KEY)
            out.write(entry + b"\t" + head.to_bytes() + b"\n")
    return file


ALPHABET = st.sampled_from("abcdefghijklmnopqrstuvwxyz")


@FEW
@given(st.sets(ALPHABET, max_size=9), ALPHABET)
def test_every_answer_holds_and_is_true(people: set[str], reference: str) -> None:
    answer = answer_of(reference, tuple(people))
    held = check(json.loads(json.dumps(answer)), KEY.public_key())
    assert held.listed is (reference in people)
    assert (held.reference, held.deployment, held.outputs) == (reference, DEPLOYMENT, len(people))
    assert len(answer["members"]) == (1 if held.listed else min(len(people), len(answer["members"])))


def test_nobody_is_on_an_empty_list_and_two_spellings_are_one() -> None:
    assert root_of(b"") == EMPTY_ROOT
    assert check(answer_of("ann", ()), KEY.public_key()).listed is False
    assert joined([b"b", b"a", b"b"]) == b"ab"


def test_outputs_of_one_person_on_two_lists_have_nothing_in_common() -> None:
    assert output_of(SECRET, DEPLOYMENT, "ann") != output_of(SECRET, uuid(2), "ann")
    assert output_of(SECRET, DEPLOYMENT, "ann") != output_of(OTHER_SECRET, DEPLOYMENT, "ann")


def neighbours(reference: str) -> tuple[bytes, list[dict[str, Any]], int]:
    """Outputs of the list, members for a lie about somebody who is listed, and their own place."""
    outputs = outputs_of(PEOPLE)
    each = [outputs[at : at + 32] for at in range(0, len(outputs), 32)]
    own = each.index(output_of(SECRET, DEPLOYMENT, reference))
    leaves = Leaves(leaf_hash(one) for one in each)
    members = [
        {
            "index": at,
            "output": each[at].hex(),
            "path": [step.hex() for step in inclusion_proof(leaves, at, len(each))],
        }
        for at in (own - 1, own + 1)
        if 0 <= at < len(each)
    ]
    return outputs, members, own


@pytest.mark.parametrize("reference", PEOPLE)
def test_planted_an_installation_that_denies_somebody_who_is_listed_cannot_prove_it(reference: str) -> None:
    answer = answer_of(reference)
    _, around, _ = neighbours(reference)
    tried: list[list[Any]] = [around, answer["members"], around + answer["members"], [], around[:1], around[1:]]
    for members in tried:
        with pytest.raises(Failed):
            check({**answer, "listed": False, "members": members}, KEY.public_key())


def test_planted_nor_with_members_that_are_side_by_side_but_not_around_the_person() -> None:
    outputs = outputs_of(PEOPLE)
    each = [outputs[at : at + 32] for at in range(0, len(outputs), 32)]
    leaves = Leaves(leaf_hash(one) for one in each)
    places = [
        {"index": at, "output": each[at].hex(), "path": [step.hex() for step in inclusion_proof(leaves, at, 5)]}
        for at in range(5)
    ]
    for reference in PEOPLE:
        for at in range(4):
            with pytest.raises(Failed):
                check({**answer_of(reference), "listed": False, "members": places[at : at + 2]}, KEY.public_key())
        with pytest.raises(Failed):
            check({**answer_of(reference), "listed": False, "members": places[4:]}, KEY.public_key())
        with pytest.raises(Failed):
            check({**answer_of(reference), "listed": False, "members": places[:1]}, KEY.public_key())


def test_planted_somebody_who_is_not_listed_cannot_be_shown_as_listed() -> None:
    answer, other = answer_of("zoe"), answer_of("ann")
    tried: list[list[Any]] = [other["members"], answer["members"], []]
    for members in tried:
        with pytest.raises(Failed, match="own output"):
            check({**answer, "listed": True, "members": members}, KEY.public_key())


def test_planted_a_proof_for_another_person_list_or_key_does_not_hold() -> None:
    answer = answer_of("ann")
    with pytest.raises(Failed, match="verifiable random function"):
        check({**answer, "reference": "zoe"}, KEY.public_key())
    with pytest.raises(Failed, match="verifiable random function"):
        check({**answer, "proof": OTHER_SECRET.prove(text_of(DEPLOYMENT, "ann")).hex()}, KEY.public_key())
    with pytest.raises(Failed, match="another key, root or number"):
        check({**answer, "key": OTHER_SECRET.public.hex()}, KEY.public_key())
    with pytest.raises(Failed, match="list of this deployment"):
        check({**answer, "deployment": uuid(2)}, KEY.public_key())
    with pytest.raises(Failed, match="not signed"):
        check(answer, OTHER_KEY.public_key())


def test_planted_a_list_committed_anew_without_the_person_shows_in_the_ledger(tmp_path: Path) -> None:
    """A second root for the same list: an answer by it holds by itself, and not beside the ledger."""
    with_ann, without = outputs_of(PEOPLE), outputs_of(PEOPLE[1:])
    entries = [*entries_of(with_ann), entry_of(3, without)]
    found = shown(SECRET, DEPLOYMENT, "ann", without)
    lie = wrapped(found, without, record=recorded(entries, 3))
    assert check(lie, KEY.public_key()).listed is False
    export = export_of(entries, tmp_path)
    with pytest.raises(Failed, match="2 entries that commit"):
        check(lie, KEY.public_key(), export=export)
    truth = wrapped(shown(SECRET, DEPLOYMENT, "ann", with_ann), with_ann)
    honest = export_of(entries_of(with_ann), tmp_path)
    assert check(truth, KEY.public_key(), mark(truth), honest).listed is True
    with pytest.raises(Failed, match="older, or of another ledger"):
        check(lie, KEY.public_key(), export=honest)


def public_export_of(entries: list[bytes], folder: Path) -> Path:
    """As everybody gets it: of what does not commit to a list the hash of its leaf, and the head at the end."""
    whole = export_of(entries, folder).read_bytes().splitlines(keepends=True)
    file = folder / "public.txt"
    told = [
        line if b"list.committed" in entry else f"withheld\t{leaf_hash(entry).hex()}\n".encode()
        for line, entry in zip(whole, entries, strict=True)
    ]
    file.write_bytes(b"".join(told) + b"head\t" + whole[-1].partition(b"\t")[2])
    return file


def test_a_second_list_shows_in_the_public_ledger_too(tmp_path: Path) -> None:
    with_ann, without = outputs_of(PEOPLE), outputs_of(PEOPLE[1:])
    entries = [*entries_of(with_ann), entry_of(3, without)]
    lie = wrapped(shown(SECRET, DEPLOYMENT, "ann", without), without, record=recorded(entries, 3))
    with pytest.raises(Failed, match="2 entries that commit"):
        check(lie, KEY.public_key(), export=public_export_of(entries, tmp_path))
    truth = wrapped(shown(SECRET, DEPLOYMENT, "ann", with_ann), with_ann)
    honest = public_export_of(entries_of(with_ann), tmp_path)
    assert check(truth, KEY.public_key(), mark(truth), honest).listed is True
    honest.write_bytes(honest.read_bytes().replace(b"withheld\t", b"withheld\t00", 1)[:-2])
    with pytest.raises(Failed, match="older, or of another ledger"):
        check(truth, KEY.public_key(), mark(truth), honest)


def test_planted_a_tree_out_of_order_says_both_and_shows_to_whoever_has_all_outputs(tmp_path: Path) -> None:
    outputs = outputs_of(PEOPLE)
    each = [outputs[at : at + 32] for at in range(0, len(outputs), 32)]
    person = next(one for one in PEOPLE if output_of(SECRET, DEPLOYMENT, one) == each[2])
    turned = [each[0], each[1], each[3], each[4], each[2]]
    leaves = Leaves(leaf_hash(one) for one in turned)
    members = [
        {"index": at, "output": turned[at].hex(), "path": [step.hex() for step in inclusion_proof(leaves, at, 5)]}
        for at in range(5)
    ]
    bad = wrapped(shown(SECRET, DEPLOYMENT, person, outputs), b"".join(turned))
    file = tmp_path / "outputs.txt"
    file.write_text("".join(f"{one.hex()}\n" for one in turned))
    for listed, shows in ((True, members[4:]), (False, members[1:3])):
        answer = {**bad, "listed": listed, "members": shows}
        assert check(answer, KEY.public_key()).listed is listed
        with pytest.raises(Failed, match="not the sorted outputs"):
            check(answer, KEY.public_key(), outputs=file)
    honest = answer_of("ann")
    for content in (each[1:], [each[0], *each]):
        file.write_text("".join(f"{one.hex()}\n" for one in content))
        with pytest.raises(Failed, match="not the sorted outputs"):
            check(honest, KEY.public_key(), outputs=file)
    file.write_text("".join(f"{one.hex()}\n" for one in each))
    assert check(honest, KEY.public_key(), outputs=file).listed
    file.write_text("no outputs\n")
    with pytest.raises(Unusable):
        check(honest, KEY.public_key(), outputs=file)


def test_the_head_is_the_one_that_was_published() -> None:
    answer = answer_of("ann")
    assert check(answer, KEY.public_key(), mark(answer)).mark == mark(answer)
    printed = mark(answer)[: len("3:") + 16]
    assert check(answer, KEY.public_key(), printed).mark == mark(answer)
    for wrong in (f"3:{'0' * 64}", f"3:{'0' * 16}", f"{printed[:-1]}{'0' if printed[-1] != '0' else '1'}"):
        with pytest.raises(Failed, match="not for the one that you expect"):
            check(answer, KEY.public_key(), wrong)
    for none in ("", "3", printed[:-1], f"0:{'0' * 64}", f"{mark(answer)}0"):
        with pytest.raises(Unusable, match="16 to 64 hexadecimal digits; copy them all"):
            check(answer, KEY.public_key(), none)


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_a_head_of_another_size_from_a_sign_is_held_against_the_ledger(tmp_path: Path, size: int) -> None:
    outputs = outputs_of(PEOPLE)
    more = [Entry(index=at, kind="test.noted", at_us=at, actor="system").to_bytes() for at in (3, 4)]
    entries = [*entries_of(outputs), *more]
    answer, export = answer_of("ann"), export_of(entries, tmp_path)
    printed = frontier_of(Leaves(leaf_hash(each) for each in entries), size).root.hex()[:16]
    with pytest.raises(Unusable, match=f"and yours is of {size}.*Add --ledger"):
        check(answer, KEY.public_key(), f"{size}:{printed}")
    assert check(answer, KEY.public_key(), f"{size}:{printed}", export).mark == mark(answer)
    wrong = f"{printed[:15]}{'0' if printed[15] != '0' else '1'}"
    with pytest.raises(Failed, match="the head that you expect is not in this export"):
        check(answer, KEY.public_key(), f"{size}:{wrong}", export)
    with pytest.raises(Failed, match="the head that you expect is not in this export"):
        check(answer, KEY.public_key(), f"6:{printed}", export)
    with pytest.raises(Failed, match="the head of the answer is not in this export"):
        check(answer, KEY.public_key(), f"{size}:{printed}", export_of(entries[:2], tmp_path))


def changed(answer: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {**answer, "record": {**answer["record"], **facts}}


def test_an_entry_that_is_not_in_the_ledger_of_the_head_or_about_something_else_convinces_nobody() -> None:
    answer = answer_of("ann")
    record = answer["record"]
    spoilt: list[dict[str, Any]] = [
        {"path": []},
        {"path": [*record["path"], "00" * 32]},
        {"index": 2},
        {"index": 3},
        {"index": 99},
    ]
    for wrong in spoilt:
        with pytest.raises(Failed, match="not in the ledger"):
            check(changed(answer, **wrong), KEY.public_key())
    with pytest.raises(Failed, match="not in the ledger"):
        check(changed(answer, path=["00" * 32] * 70), KEY.public_key())
    other = [entry_of(0, outputs_of(PEOPLE), kind="list.sealed")]
    with pytest.raises(Failed, match="not about the list"):
        check({**answer, "record": recorded(other, 0)}, KEY.public_key())
    signed = b'{"_version":"overt-slip-1","root":"00","size":1}'
    slip = changed(answer, head=signed.decode(), signature=KEY.sign(signed).hex())
    with pytest.raises(Failed, match="no head of a ledger"):
        check(slip, KEY.public_key())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.pop("members"),
        lambda answer: answer.update(_version="overt-listed-2"),
        lambda answer: answer.update(listed="no"),
        lambda answer: answer.update(record=[]),
        lambda answer: answer.update(proof="xx"),
        lambda answer: answer["record"].update(index=-1),
        lambda answer: answer["record"].update(index=True),
    ],
    ids=["no members", "another version", "no word", "no record", "no proof", "below nought", "no number"],
)
def test_what_is_no_answer_is_said_so(spoil: Callable[[dict[str, Any]], object]) -> None:
    answer = answer_of("ann")
    spoil(answer)
    with pytest.raises(Unusable):
        check(answer, KEY.public_key())


def test_members_have_their_place_and_their_size() -> None:
    answer = answer_of("zoe")
    first = answer["members"][0]
    spoilt: list[dict[str, Any]] = [{"output": "00" * 32}, {"output": first["output"][:-2]}, {"index": 4}, {"path": []}]
    for wrong in spoilt:
        with pytest.raises(Failed, match="not in the tree"):
            check({**answer, "members": [{**answer["members"][0], **wrong}]}, KEY.public_key())


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_file_that_runs_alone_has_the_function_of_the_rfc(vector: Vector) -> None:
    """Written apart from `vrf`, by other formulas: neither can hide a fault of the other."""
    public, text, proof = (bytes.fromhex(each) for each in (vector.public, vector.text, vector.proof))
    found = verify_listed.output(public, text, proof)
    assert found is not None
    assert found.hex() == vector.output


@FEW
@given(st.binary(max_size=20), st.integers(0, 8 * vrf.PROOF_BYTES - 1))
def test_both_agree_about_good_and_bad_proofs(text: bytes, bit: int) -> None:
    proof = bytearray(SECRET.prove(text))
    assert verify_listed.output(SECRET.public, text, bytes(proof)) == SECRET.output(text)
    proof[bit // 8] ^= 1 << bit % 8
    assert verify_listed.output(SECRET.public, text, bytes(proof)) is None


@pytest.mark.parametrize("bad", [*SMALL.values(), *NOT_CANONICAL.values()], ids=[*SMALL, *NOT_CANONICAL])
def test_both_refuse_the_same_keys_and_points(bad: bytes) -> None:
    proof = SECRET.prove(b"ann")
    assert verify_listed.output(bad, b"ann", proof) is None
    assert (verify_listed.decoded(bad) is None) == (vrf._decoded(bad) is None) or len(bad) != 32
    if len(bad) == 32:
        assert verify_listed.output(SECRET.public, b"ann", bad + proof[32:]) is None


def test_a_scalar_too_large_and_a_proof_of_another_length_are_refused() -> None:
    proof = SECRET.prove(b"ann")
    answer = int.from_bytes(proof[48:], "little") + verify_listed.Q
    assert verify_listed.output(SECRET.public, b"ann", proof[:48] + answer.to_bytes(32, "little")) is None
    assert verify_listed.output(SECRET.public, b"ann", proof[:-1]) is None


def run(*arguments: str | Path) -> int:
    return main([str(each) for each in arguments])


def test_the_command_says_what_holds_and_what_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, key = tmp_path / "answer.json", tmp_path / "key.txt"
    answer = answer_of("ann")
    file.write_text(json.dumps(answer))
    key.write_text(f"{PUBLIC}\n")
    export = export_of(entries_of(outputs_of(PEOPLE)), tmp_path)
    assert run(file, key, "--head", mark(answer), "--ledger", export) == 0
    assert "'ann' WAS on the list" in capsys.readouterr().out
    file.write_text(json.dumps(answer_of("zoe")))
    assert run(file, PUBLIC) == 0
    said = capsys.readouterr().out
    assert "'zoe' was NOT on the list" in said
    assert "only with --ledger" in said
    file.write_text(json.dumps({**answer_of("zoe"), "listed": True}))
    assert run(file, PUBLIC) == 1
    assert capsys.readouterr().out.startswith("NOT VERIFIED: ")
    for content, public in (("{}", PUBLIC), ("[]", PUBLIC), ("no", PUBLIC), ("{}", "ed25519:0")):
        file.write_text(content)
        assert run(file, public) == 2
        assert capsys.readouterr().err.startswith("Nothing could be verified")
    assert run(tmp_path / "none", PUBLIC) == 2


def test_it_runs_alone_without_anything_of_overt(tmp_path: Path) -> None:
    file, script = tmp_path / "answer.json", tmp_path / "verify_listed.py"
    file.write_text(json.dumps(answer_of("ann")))
    script.write_bytes(Path(verify_listed.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", script, file, PUBLIC], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "'ann' WAS on the list" in done.stdout


def test_a_missing_package_does_not_look_like_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(SystemExit) as end:
        runpy.run_path(verify_listed.__file__)
    assert end.value.code == 3
    assert "pip install cryptography" in capsys.readouterr().err


def test_it_runs_as_a_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["verify_listed.py", "none.json", PUBLIC])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(verify_listed.__file__, run_name="__main__")
    assert end.value.code == 2
    assert "Nothing could be verified" in capsys.readouterr().err


def test_the_script_imports_the_standard_library_and_cryptography_only() -> None:
    tree = ast.parse(Path(verify_listed.__file__).read_text("utf-8"))
    imported = {
        name.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {
        str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) if node.module
    }
    assert imported - sys.stdlib_module_names == {"cryptography"}
