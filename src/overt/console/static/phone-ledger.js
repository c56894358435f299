// The record that this phone knows: the last signed head is kept, with the key that signed the first one. A console that
// cannot show that its record only grew since then (RFC 6962) is refused. Nothing here asks for what is in the record.

const KEPT = "overt-phone-head";
const PATIENCE_MS = 8000;

export class Refused extends Error {}

export class Record {
  #kept;

  constructor(storage) {
    this.#kept = storage;
  }

  get known() {
    try {
      return JSON.parse(this.#kept.getItem(KEPT));
    } catch {
      return null;
    }
  }

  // What could be checked: {size, since, signature}; `since`: the size of the head that was kept before, null for none.
  async check() {
    if (!globalThis.crypto?.subtle) return { size: null, since: null, signature: false };
    const before = this.known;
    const newest = await asked("/api/v1/ledger/head");
    const key = before?.key ?? newest.public_key;
    if (newest.public_key !== key) throw new Refused("Its record is signed with another key.");
    const signature = await signed(newest, key);
    if (before) await grown(before, newest, key);
    const { size, root, head } = newest;
    this.#kept.setItem(KEPT, JSON.stringify({ size, root, head, signature: newest.signature, key }));
    return { size, since: before?.size ?? null, signature };
  }
}

async function grown(before, newest, key) {
  if (newest.size < before.size) throw new Refused(`Its record has ${newest.size} entries, and had ${before.size}.`);
  if (newest.size === before.size) {
    if (newest.root !== before.root) throw new Refused("Its record has other entries than it had.");
    return;
  }
  const proof = await asked(`/api/v1/ledger/consistency?since=${before.size}&until=${newest.size}`);
  await signed(proof.later, key);
  const path = proof.path.map(bytes);
  if (proof.later.root !== newest.root || !(await continues(before.size, bytes(before.root), newest.size, bytes(newest.root), path))) {
    throw new Refused("It cannot show that its record only grew since this phone last saw it.");
  }
}

// Whether the signature could be checked here; a wrong one is refused.
async function signed({ size, root, head, signature }, key) {
  let said;
  try {
    said = JSON.parse(head);
  } catch {
    throw new Refused("The head of its record cannot be read.");
  }
  if (said._version !== "overt-head-1" || said.size !== size || said.root !== root) throw new Refused("The head of its record says something else.");
  let pinned;
  try {
    pinned = await crypto.subtle.importKey("raw", bytes(key.replace(/^ed25519:/, "")), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return false; // this browser knows no Ed25519; the page says so
  }
  if (!(await crypto.subtle.verify("Ed25519", pinned, bytes(signature), new TextEncoder().encode(head)))) {
    throw new Refused("The head of its record is not signed with the key that this phone knows.");
  }
  return true;
}

// RFC 9162, 2.1.4.2: whether the tree of `size` leaves begins with all leaves of the tree of `old` leaves.
export async function continues(old, oldRoot, size, root, proof) {
  if (!(old > 0 && old <= size)) return false;
  if (old === size) return proof.length === 0 && same(oldRoot, root);
  const path = (BigInt(old) & (BigInt(old) - 1n)) === 0n ? [oldRoot, ...proof] : [...proof];
  if (!path.length) return false;
  let [node, last] = [old - 1, size - 1];
  const up = () => { node = Math.floor(node / 2); last = Math.floor(last / 2); };
  while (node % 2) up();
  let [first, second] = [path[0], path[0]];
  for (const each of path.slice(1)) {
    if (last === 0) return false;
    if (node % 2 || node === last) {
      first = await joined(each, first);
      second = await joined(each, second);
      while (node % 2 === 0 && node) up();
    } else {
      second = await joined(second, each);
    }
    up();
  }
  return last === 0 && same(first, oldRoot) && same(second, root);
}

async function joined(left, right) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array([1, ...left, ...right])));
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

function bytes(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) throw new Refused("What it says of its record cannot be read.");
  return new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
}

async function asked(path) {
  const answer = await fetch(path, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status === 409) throw new Refused("It does not know the record that this phone last saw.");
  if (!answer.ok) throw new Error(String(answer.status)); // not now: nothing is said of the record by that
  return answer.json();
}
