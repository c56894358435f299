// The two faces, in memory only: fetched so that nothing keeps them, shown once, and gone from the page when they are no
// longer needed. Each opening is a look, and is recorded as one.

const PATIENCE_MS = 20000;

export class Faces {
  #figure;
  #again;
  #turn = 0;
  alert = null; // whose faces are before somebody's eyes

  constructor(figure, again) {
    this.#figure = figure;
    this.#again = again;
  }

  async open(alert) {
    const turn = ++this.#turn;
    this.#say("The faces are being opened.");
    this.alert = alert;
    try {
      const answer = await fetch(`/phone/alerts/${alert}/faces`, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(String(answer.status));
      const address = URL.createObjectURL(await answer.blob());
      const image = new Image();
      image.alt = "Two faces at the same scale: the picture of the list, and below it the best shot of the passage. A person has to compare them by eye.";
      try {
        image.src = address;
        await image.decode();
      } finally {
        URL.revokeObjectURL(address);
      }
      if (turn === this.#turn) this.#figure.replaceChildren(image);
    } catch {
      if (turn === this.#turn) this.blank("The faces could not be opened.", true);
    }
  }

  // Takes the faces from the page; `again`: they may be asked for anew.
  blank(why, again = false) {
    this.#turn++;
    const image = this.#figure.querySelector("img");
    if (image) image.src = "";
    this.alert = null;
    this.#say(why);
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Open the faces";
    button.addEventListener("click", this.#again);
    this.#figure.append(button);
  }

  #say(words) {
    const said = document.createElement("p");
    said.textContent = words;
    this.#figure.replaceChildren(said);
  }
}
