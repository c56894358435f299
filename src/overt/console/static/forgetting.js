// How far a forget-me test has come.

import { untilOver } from "./progress.js";

const says = document.getElementById("says");

function show(now) {
  if (says.textContent !== now.says) says.textContent = now.says;
  if (now.taken !== null) {
    document.getElementById("taken").textContent = now.taken;
    document.getElementById("left").textContent = now.left;
  }
}

untilOver(says.dataset.state, 250, (now) => now.over, show);
