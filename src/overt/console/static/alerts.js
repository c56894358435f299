// The queue keeps itself true: new alerts appear, with a sound, and the title counts those that wait.

import { sound, soundSwitch } from "./alarm.js";
import { anew } from "./leaving.js";
import { clock, follow } from "./news.js";

const live = document.getElementById("live");
const sounds = document.getElementById("sound"); // of whoever decides
const title = document.title;
let known = null;
let since = null;

function count(waiting) {
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

async function told({ waiting }) {
  const fresh = known !== null && waiting.some((id) => !known.has(id));
  known = new Set(waiting);
  const page = await fetch(location.href, { redirect: "error" });
  if (!page.ok) return anew();
  const found = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("queue");
  const queue = document.getElementById("queue");
  if (found === null) return anew();
  const here = queue.contains(document.activeElement) ? document.activeElement : null;
  queue.replaceWith(document.adoptNode(found));
  count(waiting.length);
  if (fresh && sounds) sound();
  const again = here?.pathname && found.querySelector(`a[href="${here.pathname}"]`);
  if (again) again.focus();
  else if (here || document.activeElement === document.body) document.getElementById("first")?.focus();
}

function state(isLive) {
  since = isLive ? null : (since ?? new Date());
  const says = isLive ? "Live" : `Not live since ${clock(since)}. Trying again.`;
  if (live.textContent !== says) live.textContent = says;
  live.classList.toggle("red", !isLive);
}

if (sounds) soundSwitch(sounds);
count(Number(document.getElementById("queue").dataset.mine));
known = new Set([...document.querySelectorAll("#waiting + .queue a")].map((a) => a.pathname.split("/").at(-1)));
state(true);
follow(live.dataset.seen, told, state);

addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target !== document.body || event.repeat) return;
  document.getElementById("first")?.click();
});
