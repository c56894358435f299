// Notices in words, made by this page itself: no service of anybody else's sends them, so they come while the page is open
// somewhere, and no longer. They name nobody.

export function offer(button) {
  if (!("Notification" in globalThis) || !isSecureContext || Notification.permission === "denied") return;
  const show = () => {
    button.hidden = Notification.permission === "granted";
  };
  button.addEventListener("click", () => Notification.requestPermission().then(show));
  show();
}

export async function notice({ camera, place }) {
  navigator.vibrate?.([200, 100, 200]);
  if (document.visibilityState === "visible" || !("Notification" in globalThis) || Notification.permission !== "granted") return;
  const worker = await navigator.serviceWorker?.getRegistration("/phone");
  await worker?.showNotification("Somebody to meet", { body: `${camera}, ${place}. A possible match; a person decides.`, tag: "overt-meet", renotify: true });
}
