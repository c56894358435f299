// The officer's phone: whom to meet, the two faces, what came of it. Alerts lie in this page's memory only; what was typed
// is kept as text until the console has it; and the page says since when it is not live.

import { sound, soundSwitch } from "./alarm.js";
import { ago } from "./page.js";
import { notice, offer } from "./phone-notices.js";
import { Outcome } from "./phone-outcome.js";
import { Faces } from "./phone-pictures.js";
import { Queue } from "./phone-queue.js";
import { Record, Refused } from "./phone-ledger.js";
import { Signs } from "./phone-signs.js";

const AGAIN_MS = 2000;
const PATIENCE_MS = 9000; // the console answers after five seconds at the latest
const OFFLINE_MS = 60000;
const HIDDEN_MS = 30000;
const CHECK_MS = 60000;

const $ = (id) => document.getElementById(id);
const app = $("app");
const form = $("form");
const live = $("live");
const outcome = new Outcome(form, () => Boolean(here()?.welfare));
const queue = new Queue();
const record = new Record(app.dataset.keeps === "session" ? sessionStorage : localStorage);
const signCards = new Signs($("signs"), () => since === null);
const faces = new Faces($("faces"), () => openFaces());
const clock = (moment) =>
  new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });

let alerts = [];
let account = null;
let signs = []; // of deployments that run: by when somebody has to look at them
let shown = null; // the alert that is open
let known = null; // ids of alerts that were told before; null: none yet
let since = Date.now(); // not live since; null: live
let said = false; // whether that is on the page
let checkedAt = 0;
let refused = false;
let turn = new AbortController();
let ends; // when the deployment of the open alert is over
let tooLong; // when faces leave a page without a connection, or one that nobody sees

// --- what is seen ---

const busy = (alert) => queue.all().some((one) => one.alert === alert && one.kind === "outcome" && one.account === account && !one.refused);
const here = () => alerts.find((one) => one.id === shown) ?? null;

function line(tag, words, className = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  if (className) made.className = className;
  return made;
}

function moment(at) {
  const made = line("time", ago(Date.parse(at)));
  made.dateTime = at;
  made.dataset.ago = "";
  return made;
}

function showList() {
  const open = alerts.filter((one) => !busy(one.id));
  const at = document.activeElement?.dataset.alert;
  $("cards").replaceChildren(...open.map(card));
  if (at) $("cards").querySelector(`[data-alert="${at}"]`)?.focus();
  $("nobody").hidden = open.length > 0 || account === null;
  $("unknown").hidden = account !== null || !said;
}

function card(one) {
  const made = document.createElement("li");
  made.className = one.seen ? "card" : "card new";
  const seen = line("p", `Seen ${one.clock}, `);
  seen.append(moment(one.at));
  made.append(line("h2", one.camera), line("p", one.place), seen);
  if (one.response) {
    const response = line("p", "Planned response: ");
    response.append(line("strong", one.response));
    made.append(response);
  }
  const others = one.seen_by_others ? `${one.seen_by_others} other ${one.seen_by_others === 1 ? "officer has" : "officers have"} seen it. ` : "";
  const state = line("p", `${others}${one.seen ? "You have said “seen”." : ""}`, "hint");
  if (state.textContent) made.append(state);
  const button = line("button", "Open");
  button.type = "button";
  button.dataset.alert = one.id;
  button.setAttribute("aria-label", `Open: ${one.camera}, seen ${one.clock}`);
  button.addEventListener("click", () => go({ alert: one.id, part: "one" }));
  made.append(button);
  return made;
}

function showOne() {
  const one = here();
  if (!one) return;
  for (const [id, words] of [["one-head", one.camera], ["one-where", `${one.place}. Seen ${one.clock}.`], ["outcome-where", `${one.camera}, seen ${one.clock}. ${one.place}.`]]) {
    $(id).textContent = words;
  }
  $("one-response").replaceChildren();
  if (one.response) $("one-response").append("Planned response: ", line("strong", one.response));
  $("cautions").replaceChildren(...one.cautions.map((words) => line("li", words)));
  $("cautions").hidden = !one.cautions.length;
  $("say-seen").disabled = one.seen;
  $("say-seen").textContent = one.seen ? "You have said “seen”" : "Seen";
  $("one-note").textContent = "";
  $("slip").href = `/phone/alerts/${one.id}/slip`;
}

function showQueue() {
  const all = queue.all();
  const outcomes = all.filter((one) => one.kind === "outcome" && !one.refused);
  const [mine, others] = [outcomes.filter((one) => account === null || one.account === account), outcomes.filter((one) => account !== null && one.account !== account)];
  const parts = [];
  if (mine.length) parts.push(line("p", `${mine.length === 1 ? "1 outcome is" : `${mine.length} outcomes are`} kept on this phone, and sent once when there is a connection.`));
  if (others.length) parts.push(line("p", `${others.length === 1 ? "1 outcome" : `${others.length} outcomes`} of another account waits here. Whoever typed it signs in on this phone.`));
  for (const one of all.filter((each) => each.refused)) parts.push(notTaken(one));
  $("queue").replaceChildren(...parts);
  $("queue").hidden = !parts.length;
}

function notTaken(one) {
  const made = document.createElement("div");
  made.append(line("p", `Not recorded: what came of the alert ${one.what}. ${one.refused}`));
  const drop = line("button", "Take it off this phone", "second");
  drop.type = "button";
  drop.addEventListener("click", () => {
    queue.drop(one.name);
    showAll();
  });
  made.append(drop);
  return made;
}

function showAll() {
  showList();
  signCards.show(account === null ? [] : signs);
  showOne();
  showQueue();
}

// --- where one is ---

function go(where) {
  history.pushState(where, "");
  show(where);
}

function show(where) {
  const part = where?.part ?? "list";
  const before = shown;
  shown = part === "list" ? null : where.alert;
  if (part !== "list" && !here()) return show(null);
  for (const id of ["list", "one", "outcome"]) $(id).hidden = id !== part;
  if (part !== "one" || before !== shown) faces.blank("");
  showAll();
  if (part === "one") openFaces();
  if (part === "outcome") outcome.begin();
  $(part === "list" ? "list" : `${part}-head`).focus({ preventScroll: part === "list" });
  scrollTo(0, 0);
}

function openFaces() {
  const one = here();
  clearTimeout(ends);
  if (!one) return;
  if (!one.opens || busy(one.id)) return faces.blank("Its faces are no longer opened here: the deployment is over, or they are erased.");
  if (refused || since !== null) return faces.blank("The faces are opened once there is a connection.", true);
  faces.open(one.id);
  ends = setTimeout(() => faces.alert && faces.blank("The deployment is over. The faces have left this phone."), Math.min(one.overIn - performance.now(), 2 ** 31 - 1));
}

addEventListener("popstate", (event) => show(event.state));
for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", () => history.back());

// --- what came of it ---

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const one = here();
  const fields = outcome.taken();
  if (!fields || !one) return;
  queue.add("outcome", one.id, account, fields, `seen ${one.clock}, ${one.camera}`);
  faces.blank("");
  history.replaceState(null, "");
  show(null);
  flush();
});
$("open-outcome").addEventListener("click", () => go({ alert: shown, part: "outcome" }));
$("slip").addEventListener("click", (event) => {
  if (since === null) return;
  event.preventDefault(); // what is on this page would be lost
  $("one-note").textContent = "A slip is made by the console, so it needs a connection.";
});
$("say-seen").addEventListener("click", () => {
  const one = here();
  one.seen = true;
  queue.add("seen", one.id, account, {}, "");
  showOne();
  flush();
});

async function flush() {
  showQueue();
  if (refused || account === null) return;
  try {
    if ((await queue.flush(account)) === "signed-out") signedOut();
  } catch {
    notLive(); // and all of it is sent again
  }
  showAll();
}

// --- whether it is live ---

function notLive() {
  since ??= Date.now();
  if (!said) {
    said = true;
    live.classList.add("red");
    live.textContent = `Not live since ${clock(since)}. Trying again. What you record is kept and sent later.`;
    tooLong ??= setTimeout(() => faces.alert && faces.blank("There was no connection for a minute. The faces have left this phone.", true), OFFLINE_MS);
  }
  showList();
}

function isLive() {
  if (since === null) return;
  since = null;
  said = false;
  clearTimeout(tooLong);
  tooLong = undefined;
  live.classList.remove("red");
  live.textContent = "Live";
  $("signed-out").hidden = true;
}

class SignedOut extends Error {}

function leave() {
  alerts = [];
  signs = [];
  faces.blank("");
  if (shown) show(null);
  else showAll();
}

function signedOut() {
  account = null;
  leave();
  $("signed-out").hidden = false;
}

function refuse(why) {
  refused = true;
  leave();
  app.hidden = true;
  live.textContent = "";
  $("refused-why").textContent = why;
  $("refused").hidden = false;
  $("refused").focus();
}

async function check() {
  const found = await record.check();
  checkedAt = performance.now();
  const grew = found.since === null ? "first seen now" : `only grew since this phone saw ${found.since.toLocaleString("en-GB")}`;
  $("record").textContent =
    found.size === null
      ? "The record cannot be checked from here: the page is not open by trusted https."
      : `Record checked ${clock(Date.now())}: ${found.size.toLocaleString("en-GB")} entries, ${grew}${found.signature ? "" : "; this browser cannot check its signature"}.`;
}

async function news(mark) {
  turn = new AbortController();
  const answer = await fetch(`/phone/now?seen=${encodeURIComponent(mark)}`, {
    cache: "no-store",
    redirect: "manual",
    signal: AbortSignal.any([turn.signal, AbortSignal.timeout(PATIENCE_MS)]),
  });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new SignedOut();
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function told(answer) {
  account = answer.account;
  const begun = performance.now() - Date.parse(answer.now);
  alerts = answer.alerts.map((one) => ({ ...one, overIn: Date.parse(one.over) + begun }));
  signs = (answer.signs ?? []).map((one) => ({ ...one, dueIn: one.due ? Date.parse(one.due) + begun : null }));
  const fresh = known === null ? [] : alerts.filter((one) => !known.has(one.id));
  known = new Set([...(known ?? []), ...alerts.map((one) => one.id)]);
  if (fresh.length) {
    sound();
    notice(fresh[0]);
  }
  const unseen = alerts.filter((one) => !one.seen).length;
  document.title = `${unseen ? `(${unseen}) ` : ""}Phone · Overt`;
  $("waiting").hidden = !answer.waiting;
  const link = line("a", answer.waiting === 1 ? "1 alert waits for a verdict" : `${answer.waiting} alerts wait for a verdict`);
  link.href = "/alerts";
  $("waiting").replaceChildren(link);
  if (shown && !here()) {
    show(null);
  } else if (shown && faces.alert && !here().opens) {
    faces.blank("Its faces are no longer opened here: the deployment is over, or they are erased.");
  }
  showAll();
}

async function follow() {
  let mark = "";
  while (!refused) {
    try {
      if (since !== null || performance.now() - checkedAt > CHECK_MS) await check();
      const answer = await news(since === null ? mark : "");
      isLive();
      if (answer.seen !== mark || account === null) told(answer);
      mark = answer.seen;
      if (queue.all().some((one) => one.account === account && !one.refused)) await flush();
    } catch (error) {
      if (error instanceof Refused) return refuse(error.message);
      if (error instanceof SignedOut || error.message === "401") signedOut();
      notLive();
      await new Promise((done) => {
        addEventListener("online", done, { once: true });
        setTimeout(done, AGAIN_MS);
      });
    }
  }
}

addEventListener("offline", () => {
  turn.abort();
  notLive();
});
addEventListener("pagehide", () => faces.blank("", true));
let hiddenSince = null;
let hidden;
const blankHidden = () => faces.alert && faces.blank("The page was not seen for a while. The faces have left this phone.", true);
document.addEventListener("visibilitychange", () => {
  clearTimeout(hidden);
  if (document.visibilityState === "hidden") {
    hiddenSince = Date.now();
    hidden = setTimeout(blankHidden, HIDDEN_MS);
  } else if (hiddenSince !== null && Date.now() - hiddenSince > HIDDEN_MS) {
    blankHidden();
  }
});

// --- what this phone can keep ---

async function keep() {
  const words = "This phone does not keep the page for a lost connection: it does not trust this console’s certificate, or the page is not open by https. The page works as long as there is a connection; whoever runs the console can say how a phone comes to trust it.";
  try {
    if (!isSecureContext || !navigator.serviceWorker) throw new Error("no worker");
    await navigator.serviceWorker.register("/phone/worker.js", { scope: "/phone" });
  } catch {
    $("plain").textContent = words;
    $("plain").hidden = false;
  }
}

app.hidden = false;
if (history.state) history.replaceState(null, "");
soundSwitch($("sound"));
offer($("notices"));
showAll();
keep();
follow();
