// How far a forget-me test has come, asked several times a second; when it is over, the page says what came of it.

import { anew } from "./leaving.js";

const says = document.getElementById("says");

async function look() {
  try {
    const answer = await fetch(says.dataset.state, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error();
    const now = await answer.json();
    if (now.over) return anew();
    if (says.textContent !== now.says) says.textContent = now.says;
    if (now.taken !== null) {
      document.getElementById("taken").textContent = now.taken;
      document.getElementById("left").textContent = now.left;
    }
  } catch {
    // The console may be starting anew: the next look will tell.
  }
  setTimeout(look, 250);
}

look();
