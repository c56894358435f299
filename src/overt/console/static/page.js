// What every page has: how long ago something was, kept true; and the error summary, which takes the focus.

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

function lasting(seconds) {
  const [size, name] = UNITS.find(([size]) => seconds >= size) ?? UNITS.at(-1);
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

export function ago(then, now = Date.now()) {
  const apart = lasting(Math.abs(now - then) / 1000);
  return then <= now ? `${apart} ago` : `in ${apart}`;
}

function refresh() {
  for (const time of document.querySelectorAll("time[datetime][data-ago]")) {
    time.textContent = ago(Date.parse(time.dateTime));
  }
  for (const time of document.querySelectorAll("time[datetime][data-left]")) {
    const left = Date.parse(time.dateTime) - Date.now();
    time.textContent = left > 0 ? lasting(left / 1000) : "none";
  }
}

refresh();
setInterval(refresh, 1000);
document.getElementById("problem")?.focus();
