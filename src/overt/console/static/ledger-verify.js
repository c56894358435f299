// How far a verification has come, asked once a second; when it is over, the page says what came of it.

import { anew } from "./leaving.js";

const read = document.getElementById("read");
const number = (value) => value.toLocaleString("en-GB");

async function look() {
  try {
    const answer = await fetch("/ledger/verify/state", { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error();
    const now = await answer.json();
    if (now.over) return anew();
    if (now.total) {
      read.max = now.total;
      read.value = now.done;
      document.getElementById("done").textContent = number(now.done);
      document.getElementById("total").textContent = number(now.total);
    }
  } catch {
    // The console may be starting anew: the next look will tell.
  }
  setTimeout(look, 1000);
}

look();
