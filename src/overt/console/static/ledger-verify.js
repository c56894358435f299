// How far a verification has come.

import { untilOver } from "./progress.js";

const read = document.getElementById("read");
const number = (value) => value.toLocaleString("en-GB");

function show(now) {
  if (now.total) {
    read.max = now.total;
    read.value = now.done;
    document.getElementById("done").textContent = number(now.done);
    document.getElementById("total").textContent = number(now.total);
  }
}

untilOver("/ledger/verify/state", 1000, (now) => now.over, show);
