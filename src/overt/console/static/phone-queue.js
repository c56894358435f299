// What was typed and not yet recorded: text alone, kept on this phone until the console has it. Each has a name of its own,
// so that what is sent twice, as after a lost answer, is recorded once.

const KEPT = "overt-phone-queue";
const PATIENCE_MS = 10000;
const LATER = [408, 413, 429];

// Who may not come in at all is told so by a page; what was typed waits until they may again.
const isPage = (answer) => !(answer.headers.get("content-type") ?? "").includes("json");

export class Queue {
  all() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? [];
    } catch {
      return [];
    }
  }

  add(kind, alert, account, fields, what) {
    const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#keep([...this.all(), { name, kind, alert, account, fields, what, at: Date.now() }]);
  }

  drop(name) {
    this.#keep(this.all().filter((one) => one.name !== name));
  }

  // Sends what is this account's and was not refused, in order; "signed-out" where the session is over.
  async flush(account) {
    for (const one of this.all()) {
      if (one.account !== account || one.refused) continue;
      const answer = await fetch(`/phone/alerts/${one.alert}/${one.kind}`, {
        method: "POST",
        body: new URLSearchParams({ ...one.fields, sent_as: one.name }),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.ok) this.drop(one.name);
      else if (answer.status === 401 || (answer.status === 403 && isPage(answer))) return "signed-out";
      else if (answer.status >= 500 || LATER.includes(answer.status)) throw new Error(String(answer.status));
      else if (one.kind === "seen") this.drop(one.name); // there is nothing left to be seen
      else await this.#refuse(one.name, answer);
    }
    return "sent";
  }

  async #refuse(name, answer) {
    let said = { refused: "The console did not take it.", todo: "Ask whoever runs this deployment." };
    try {
      said = await answer.json();
    } catch {
      // a page, which has no words for this one
    }
    this.#keep(this.all().map((one) => (one.name === name ? { ...one, refused: `${said.refused} ${said.todo}`.trim() } : one)));
  }

  #keep(queue) {
    if (queue.length) localStorage.setItem(KEPT, JSON.stringify(queue));
    else localStorage.removeItem(KEPT);
  }
}
