// While a deployment is watched its figures keep themselves true; nothing that somebody is typing or has opened is lost.

import { anew } from "./leaving.js";

const AGAIN_MS = 15000;
const live = document.getElementById("live");
let since = null;

function busy(figures) {
  const here = document.activeElement;
  return document.hidden || figures.querySelector("details[open]") !== null || (here && figures.contains(here));
}

async function again() {
  const figures = document.getElementById("figures");
  if (busy(figures)) return;
  const answer = await fetch(location.pathname, { redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("figures");
  if (page.getElementById("live")?.dataset.running === undefined || found === null) return anew();
  figures.replaceWith(document.adoptNode(found));
  since = null;
  live.textContent = page.getElementById("live").textContent;
}

setInterval(() => {
  again().catch(() => {
    since ??= live.textContent;
    live.textContent = `Not live. ${since}`;
  });
}, AGAIN_MS);
