// Which alerts wait, asked for again and again; the answer has ids alone, and waits until there is something new.

import { unlessLeaving } from "./leaving.js";

const AGAIN_MS = 2000;
const PATIENCE_MS = 40000;

export async function follow(seen, told, state) {
  for (;;) {
    try {
      const answer = await asked(seen);
      if (answer.seen !== seen) await told(answer);
      seen = answer.seen;
      state(true);
    } catch {
      state(false); // and all of it is asked for again
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

async function asked(seen) {
  const answer = await fetch(`/alerts/now?seen=${encodeURIComponent(seen)}`, {
    headers: { accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  // Whoever is no longer signed in, or may no longer see this, is led away from it.
  if (answer.type === "opaqueredirect" || answer.status === 403) {
    unlessLeaving(() => location.assign(location.pathname.replace(/\/verdict$/, "")));
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

export const clock = (moment) =>
  moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
