// Live tiles and numbers, through one socket; says since when it is live, and since when it is not.

const tiles = document.getElementById("tiles");
const link = document.getElementById("link");
const HEAD = 13; // camera, capture time, width, height
const STALE_MS = 3000;
const PAUSES_MS = [500, 1000, 2000, 5000];
const signsLeft = document.getElementById("signs-left");
const shown = new Map(); // camera -> when its picture was taken
let socket = null, tries = 0, over = tiles.dataset.over !== undefined, since = Date.now();

const at = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZoneName: "short" });
const section = (camera) => tiles.querySelector(`[data-camera="${camera}"]`);

function put(element, text) {
  if (element && element.textContent !== String(text)) element.textContent = text;
}

function paint(element, colour) {
  for (const name of ["green", "amber", "red"]) element.classList.toggle(name, name === colour);
}

function say(sign, words, colour) {
  link.replaceChildren();
  const mark = document.createElement("span");
  mark.setAttribute("aria-hidden", "true");
  mark.textContent = sign;
  link.append(mark, ` ${words}`);
  paint(link, colour);
}

function connect() {
  if (over || socket || document.hidden) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(`${scheme}//${location.host}${tiles.dataset.socket}`);
  opened.binaryType = "arraybuffer";
  socket = opened;
  let heard = false;
  opened.onmessage = (event) => {
    if (!heard) {
      heard = true;
      tries = 0;
      since = Date.now();
      say("●", `Live since ${at(since)}`, "green");
    }
    if (typeof event.data === "string") tell(JSON.parse(event.data));
    else draw(event.data);
  };
  opened.onclose = (event) => {
    if (socket !== opened) return;
    socket = null;
    if (over) return;
    if (heard) since = Date.now();
    if (event.code === 1008) {
      over = true;
      say("■", `Not live since ${at(since)}: ${event.reason} Load this page anew.`, "red");
      return;
    }
    say("■", `Not live since ${at(since)}; trying again`, "red");
    setTimeout(connect, PAUSES_MS[Math.min(tries++, PAUSES_MS.length - 1)]);
  };
}

async function draw(content) {
  const head = new DataView(content);
  const camera = head.getUint8(0), taken = Number(head.getBigInt64(1)) / 1000;
  const part = section(camera);
  if (!part) return;
  const picture = await createImageBitmap(new Blob([new Uint8Array(content, HEAD)], { type: "image/jpeg" }));
  const canvas = part.querySelector("canvas");
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  shown.set(camera, { taken, drawn: Date.now() });
}

function tell(state) {
  const held = document.getElementById("held");
  put(held.querySelector("span:last-child"), state.held);
  held.hidden = !state.held;
  const signs = document.getElementById("signs");
  put(signs.querySelector("span:nth-of-type(2)"), state.signs);
  signs.hidden = !state.signs;
  if (signsLeft) {
    signsLeft.dateTime = state.signs_due;
    signsLeft.parentElement.hidden = !state.signs_due;
    countDown(signsLeft);
  }
  put(document.getElementById("alerts"), `${state.alerts} ${state.alerts === 1 ? "alert" : "alerts"}`);
  for (const camera of state.cameras) tellCamera(camera);
  const list = document.getElementById("troubles");
  const lines = state.troubles.map((one) => `${one.clock}: ${one.camera ? `${one.camera}: ` : ""}${one.says}`);
  const wanted = lines.length ? lines : ["Nothing so far."];
  if (wanted.join("\n") !== [...list.children].map((one) => one.textContent.trim()).join("\n")) {
    list.replaceChildren(...wanted.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }
  if (state.over) {
    over = true;
    say("–", `Over since ${at(Date.parse(state.ended))}. ${state.why}`, "");
  }
  age();
}

function tellCamera(camera) {
  const part = section(camera.position);
  if (!part) return;
  const state = part.querySelector("[data-state]");
  put(state.querySelector("[data-sign]"), camera.sign);
  put(state.querySelector("[data-word]"), camera.word);
  paint(state, camera.colour);
  part.dataset.now = camera.state;
  for (const name of ["says", "moved"]) {
    const line = part.querySelector(`[data-${name}]`);
    put(line, camera[name]);
    line.hidden = !camera[name];
  }
  for (const number of part.querySelectorAll("[data-number]")) put(number, camera[number.dataset.number]);
  for (const meter of camera.meters) {
    const row = part.querySelector(`[data-meter="${meter.quantity}"]`);
    row.querySelector(".fill").setAttribute("width", meter.share);
    put(row.querySelector("[data-value]"), meter.value);
    put(row.querySelector("[data-sign]"), meter.sign);
    put(row.querySelector("[data-word]"), meter.word);
    paint(row, meter.colour);
  }
}

const WHY = {
  waiting: "The camera is being called.",
  lost: "The camera is lost, and is called again and again.",
  ended: "This camera has ended.",
};

function age() {
  for (const part of tiles.querySelectorAll(".camera")) {
    const last = shown.get(Number(part.dataset.camera));
    const fresh = last && Date.now() - last.drawn < STALE_MS;
    part.querySelector("[data-screen]").classList.toggle("stale", !fresh);
    const none = part.querySelector("[data-none]");
    none.hidden = Boolean(fresh);
    if (!fresh) {
      const why = over ? "The watch is over." : !socket ? "Not connected." : WHY[part.dataset.now] ?? "No picture: nothing is scanned now, or it has just begun.";
      put(none, last ? `${why} Last picture ${at(last.taken)}.` : why);
    }
    put(part.querySelector("[data-age]"), last ? `Picture of ${at(last.taken)}` : "");
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return connect();
  const left = socket;
  socket = null;
  left?.close();
  if (!over) {
    since = Date.now();
    say("○", "Not live: this page was out of sight", "");
  }
});
addEventListener("pagehide", () => socket?.close());
const left = document.getElementById("left");

function countDown(left) {
  if (!left.dateTime) return;
  const seconds = Math.max(0, Math.floor((Date.parse(left.dateTime) - Date.now()) / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  put(left, parts.map((n, i) => (i ? String(n).padStart(2, "0") : n)).join(":"));
  left.classList.toggle("amber", seconds < 600);
}

for (const one of [left, signsLeft]) {
  if (!one) continue;
  countDown(one);
  setInterval(() => countDown(one), 1000);
}
setInterval(age, 1000);
connect();
