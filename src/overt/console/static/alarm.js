// A short sound for a new alert, made here; it can be switched off, and a browser lets it sound only once somebody has
// touched its page.

const KEPT = "overt-sound";
let context;

export const isOn = () => localStorage.getItem(KEPT) !== "off";

export function sound() {
  if (!isOn()) return;
  context ??= new AudioContext();
  const begin = context.currentTime;
  for (const [at, pitch] of [[0, 660], [0.16, 880]]) {
    const tone = new OscillatorNode(context, { frequency: pitch });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, begin + at);
    loudness.gain.linearRampToValueAtTime(0.3, begin + at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, begin + at + 0.3);
    tone.connect(loudness).connect(context.destination);
    tone.start(begin + at);
    tone.stop(begin + at + 0.32);
  }
  document.documentElement.dataset.sounded = String(Number(document.documentElement.dataset.sounded ?? 0) + 1);
}

export function toggle(button, kept, words, changed = () => {}) {
  const show = () => {
    const on = localStorage.getItem(kept) !== "off";
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? words.on : words.off;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (localStorage.getItem(kept) === "off") localStorage.removeItem(kept);
    else localStorage.setItem(kept, "off");
    show();
    changed();
  });
  show();
}

export function soundSwitch(button) {
  toggle(button, KEPT, { on: "Sound is on", off: "Sound is off" }, sound);
  const allowed = () => {
    context ??= new AudioContext();
    context.resume();
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, allowed, { once: true });
}
