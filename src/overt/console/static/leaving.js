// A script that leads to another page never cuts off what somebody has just asked for: a form they sent, a link they followed.

const PATIENCE_MS = 10000; // if no page has come by then, none does: a file was saved

let asked = -Infinity;
addEventListener("beforeunload", () => { asked = performance.now(); });

export function unlessLeaving(go) {
  const left = asked + PATIENCE_MS - performance.now();
  if (left > 0) setTimeout(() => unlessLeaving(go), left);
  else go();
}

export const anew = () => unlessLeaving(() => location.reload());
