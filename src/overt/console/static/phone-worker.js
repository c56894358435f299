// Answers for the phone's page and its own files where there is no connection. What it keeps is the list above it: no
// alert, no picture, no answer of the console, and nothing that names anybody.

const KEPT = `overt-phone-${VERSION}`;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(KEPT).then((kept) => kept.addAll(FILES.map((file) => new Request(file, { cache: "reload", credentials: "omit" })))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("overt-phone-") && name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === "/phone") event.respondWith(page(request));
  } else if (FILES.includes(pathname + search)) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
  }
});

async function page(request) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return (await caches.match("/phone/offline")) ?? Response.error();
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const phone = open.find((one) => new URL(one.url).pathname === "/phone");
      return phone ? phone.focus() : self.clients.openWindow("/phone");
    }),
  );
});
