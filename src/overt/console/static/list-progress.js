// How far an import has come.

import { untilOver } from "./progress.js";

const read = document.getElementById("read");

// The page that shows a transfer has no bar, and one that has it comes as soon as pictures are read.
function isOver(now) {
  return (now.stage !== "reading" && now.stage !== "receiving") || (now.total && !read);
}

function show(now) {
  if (read) {
    read.max = now.total;
    read.value = now.done;
    document.getElementById("done").textContent = now.done;
    document.getElementById("total").textContent = now.total;
  }
}

untilOver("/lists/import/state", 1000, isOver, show);
