// How far something has come, asked again and again; when it is over, the page is loaded anew and says what came of it.

import { anew } from "./leaving.js";

export async function untilOver(address, everyMs, isOver, show) {
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error();
    const now = await answer.json();
    if (isOver(now)) return anew();
    show(now);
  } catch {
    // The console may be starting anew: the next look will tell.
  }
  setTimeout(() => untilOver(address, everyMs, isOver, show), everyMs);
}
