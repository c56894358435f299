// How far an import has come, asked once a second; when it is over, the page says what came of it.

import { anew } from "./leaving.js";

const read = document.getElementById("read");

async function look() {
  try {
    const answer = await fetch("/lists/import/state", { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error();
    const now = await answer.json();
    if ((now.stage !== "reading" && now.stage !== "receiving") || (now.total && !read)) return anew();
    if (read) {
      read.max = now.total;
      read.value = now.done;
      document.getElementById("done").textContent = now.done;
      document.getElementById("total").textContent = now.total;
    }
  } catch {
    // The console may be starting anew: the next look will tell.
  }
  setTimeout(look, 1000);
}

look();
