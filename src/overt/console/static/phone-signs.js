// Whoever is on the street looks at the signs: by when is counted here each second, by the console's clock. A card stays
// the same while it counts, so that no tap is lost and the focus stays.

const SOON_S = 600;

export class Signs {
  #place;
  #isLive;
  #cards = [];

  // `isLive`: says whether there is a connection, which the page of the signs needs.
  constructor(place, isLive) {
    this.#place = place;
    this.#isLive = isLive;
    setInterval(() => this.#count(), 1000);
  }

  // `dueIn` of each: when somebody has to look again, on the clock of `performance.now()`; null: nobody has looked.
  show(signs) {
    if (signs.map((one) => one.deployment).join() !== this.#cards.map((card) => card.one.deployment).join()) {
      this.#cards = signs.map((one) => made(one, this.#isLive));
      this.#place.replaceChildren(...this.#cards.map((card) => card.box));
    }
    this.#cards.forEach((card, at) => (card.one = signs[at]));
    this.#count();
  }

  #count() {
    for (const { box, words, one } of this.#cards) {
      const [said, colour] = state(one);
      box.className = `sign-card ${colour}`.trim();
      const text = `${one.name}. ${said}`;
      if (words.textContent !== text) words.textContent = text;
    }
  }
}

function made(one, isLive) {
  const [box, words, link, note] = ["div", "p", "a", "p"].map((tag) => document.createElement(tag));
  link.className = "button second";
  link.href = `/phone/signs/${one.deployment}`;
  link.textContent = "Look at the signs";
  note.className = "hint";
  note.setAttribute("role", "status");
  link.addEventListener("click", (event) => {
    note.textContent = "";
    if (isLive()) return;
    event.preventDefault(); // what is on this page would be lost
    note.textContent = "What you find is recorded by the console, so it needs a connection.";
  });
  box.append(words, link, note);
  return { box, words, one };
}

function state(one) {
  if (one.down) return ["■ A sign is down: nothing is scanned.", "red"];
  const left = one.dueIn === null ? null : Math.floor((one.dueIn - performance.now()) / 1000);
  if (one.every > 0 && (left === null || left < 0)) return ["■ Nobody has looked at the signs in time: nothing is scanned.", "red"];
  if (left === null || left < 0) return ["The signs stand.", ""];
  return [`Look at the signs within ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`, left < SOON_S ? "amber" : ""];
}
