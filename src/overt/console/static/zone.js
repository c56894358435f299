// The zone, drawn by mouse, finger and keyboard; the field of corners stays what is sent.

const editor = document.querySelector("[data-zone]");
const picture = editor.querySelector("[data-picture]");
const polygon = picture.querySelector("polygon");
const field = document.getElementById("zone");
const STEP = 0.005, FAR = 0.05, MOST = 64;
const WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]];

function read() {
  const corners = field.value.split(/[;\n]/).filter((line) => line.trim()).map((line) => line.trim().split(/[\s,]+/).map(Number));
  const fine = corners.length >= 3 && corners.every((one) => one.length === 2 && one.every((n) => n >= 0 && n <= 1));
  return fine ? corners : null;
}

let corners = read() ?? WHOLE.map((one) => [...one]);

const short = (n) => String(Math.round(n * 1000) / 1000);
const within = (n) => Math.min(1, Math.max(0, n));

function write() {
  field.value = corners.map(([x, y]) => `${short(x)}, ${short(y)}`).join("\n");
  show();
}

function show() {
  polygon.setAttribute("points", corners.map(([x, y]) => `${x},${y}`).join(" "));
  const buttons = [...picture.querySelectorAll(".corner")];
  while (buttons.length > corners.length) buttons.pop().remove();
  corners.forEach(([x, y], i) => {
    const button = buttons[i] ?? picture.appendChild(made(i));
    button.style.left = `${x * 100}%`;
    button.style.top = `${y * 100}%`;
    button.setAttribute("aria-label", `Corner ${i + 1} of ${corners.length}: ${Math.round(x * 100)} percent from the left, ${Math.round(y * 100)} from the top`);
  });
}

function made(i) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "corner";
  button.addEventListener("keydown", (event) => pressed(event, i));
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    button.onpointermove = (moved) => {
      const box = picture.getBoundingClientRect();
      corners[i] = [within((moved.clientX - box.left) / box.width), within((moved.clientY - box.top) / box.height)];
      write();
    };
  });
  for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, () => { button.onpointermove = null; });
  return button;
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pressed(event, i) {
  const move = MOVES[event.key];
  if (move) {
    const by = event.shiftKey ? FAR : STEP;
    corners[i] = [within(corners[i][0] + move[0] * by), within(corners[i][1] + move[1] * by)];
  } else if (event.key === "Enter" && corners.length < MOST) {
    const next = corners[(i + 1) % corners.length];
    corners.splice(i + 1, 0, [(corners[i][0] + next[0]) / 2, (corners[i][1] + next[1]) / 2]);
  } else if ((event.key === "Delete" || event.key === "Backspace") && corners.length > 3) {
    corners.splice(i, 1);
  } else return;
  event.preventDefault();
  write();
  const at = event.key === "Enter" ? i + 1 : Math.min(i, corners.length - 1);
  picture.querySelectorAll(".corner")[at].focus();
}

field.addEventListener("input", () => {
  const typed = read();
  if (typed) {
    corners = typed;
    show();
  }
});
editor.querySelector("[data-help]").hidden = false;
show();
