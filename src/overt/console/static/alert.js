// Deciding: keys choose a verdict and lead to the words; the button says how long to look still; and pictures leave the
// page as soon as they are no longer needed.

import { sound, soundSwitch, toggle } from "./alarm.js";
import { clock, follow } from "./news.js";

const form = document.getElementById("verdict");
const faces = document.getElementById("faces");
const live = document.getElementById("live");
const KEYS = "overt-keys";

function drop(words) {
  if (!faces) return;
  const said = document.createElement("p");
  said.className = "gone";
  said.textContent = words;
  faces.replaceChildren(said);
}

function plainTyping(target) {
  return target.matches?.("input:not([type=radio]), textarea, select");
}

function chooseByKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || localStorage.getItem(KEYS) === "off") return;
  if (plainTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const radio = form.querySelector(`input[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (!radio) return;
  event.preventDefault(); // the letter is a choice, and no word
  form.closest("details")?.setAttribute("open", "");
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  document.getElementById("words").focus();
}

function beginLook(image) {
  const send = document.getElementById("send");
  let ready = performance.now() + Number(form.dataset.lookMs);
  const label = () => {
    const chosen = form.querySelector("input[name=verdict]:checked");
    const words = chosen ? `Record: ${chosen.nextElementSibling.textContent.toLowerCase()}` : "Record the verdict";
    const left = image.complete ? Math.ceil((ready - performance.now()) / 1000) : null;
    send.disabled = left === null || left > 0;
    send.textContent = left === null ? "The pictures are being opened" : left > 0 ? `${words} (in ${left} s)` : words;
    if (left === null || left > 0) setTimeout(label, 100);
  };
  if (!image.complete) {
    image.addEventListener("load", () => { ready = performance.now() + Number(form.dataset.lookMs); }, { once: true });
  }
  form.addEventListener("change", label);
  label();
}

function decide() {
  const image = faces.querySelector("img");
  const failed = () => drop("The pictures could not be opened. Load the page anew; if that does not help, they are erased.");
  if (image.complete && !image.naturalWidth) failed();
  image.addEventListener("error", failed);
  if (!form) return;
  beginLook(image);
  addEventListener("keydown", chooseByKey);
  form.addEventListener("submit", () => {
    if (new FormData(form).get("verdict") === "not-the-person") drop("The pictures have left this page.");
  });
}

function listen() {
  const title = document.title;
  let known = null;
  let since = null;
  const told = async ({ waiting }) => {
    const others = waiting.filter((id) => id !== live.dataset.alert);
    const fresh = known === null ? others.length > Number(live.dataset.others) : others.some((id) => !known.has(id));
    if (fresh && "decides" in live.dataset) sound();
    known = new Set(others);
    document.title = others.length ? `(${others.length}) ${title}` : title;
    live.replaceChildren();
    if (others.length) {
      const link = document.createElement("a");
      link.href = "/alerts";
      link.textContent = others.length === 1 ? "1 other alert waits" : `${others.length} other alerts wait`;
      live.append(link);
    }
    await refresh();
  };
  const state = (isLive) => {
    if (!isLive && since === null) {
      since = new Date();
      live.textContent = `Not live since ${clock(since)}. Trying again.`;
      live.classList.add("red");
    } else if (isLive && since !== null) {
      since = null;
      live.textContent = "";
      live.classList.remove("red");
    }
  };
  if (Number(live.dataset.others)) document.title = `(${live.dataset.others}) ${title}`;
  follow(live.dataset.seen, told, state);
}

// What stands may have changed. The page is read anew without its pictures, since opening them is a look: whoever has
// them before their eyes keeps them as long as they may.
async function refresh() {
  const page = await fetch(`/alerts/${live.dataset.alert}${location.search}`, { redirect: "error" });
  if (!page.ok) return;
  const found = new DOMParser().parseFromString(await page.text(), "text/html");
  if (found.getElementById("faces")) return;
  drop("The pictures have left this page.");
  document.querySelector(".alert").replaceWith(document.adoptNode(found.querySelector(".alert")));
}

if (faces) decide();
const soundButton = document.getElementById("sound");
if (soundButton) soundSwitch(soundButton);
const keys = document.getElementById("keys");
if (keys && form) toggle(keys, KEYS, { on: "Keys Y, N, U are on", off: "Keys Y, N, U are off" });
else keys?.remove();
const switches = document.getElementById("switches");
if (switches) switches.hidden = false;
listen();

// Whoever goes away or comes back finds no picture: it is opened anew, and recorded anew.
addEventListener("pagehide", () => drop("The pictures have left this page."));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
