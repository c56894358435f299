// Choosing what to send: files may be dropped, what is chosen is counted, and a mistake costs nothing that was chosen.

const form = document.getElementById("import");
const drop = document.getElementById("drop");
const files = document.getElementById("files");
const folder = document.getElementById("folder");
const chosen = document.getElementById("chosen");
const sending = document.getElementById("sending");
const sent = document.getElementById("sent");
const words = document.getElementById("sent_words");
let dropped = [];
let request = null;

document.documentElement.classList.add("scripting");

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

function picked() {
  if (dropped.length) return dropped;
  return [...files.files, ...folder.files].map((file) => [file, file.webkitRelativePath || file.name]);
}

function tell() {
  const all = picked();
  const bytes = all.reduce((sum, [file]) => sum + file.size, 0);
  chosen.hidden = !all.length;
  chosen.textContent = `${all.length} ${all.length === 1 ? "file" : "files"} chosen, ${megabytes(bytes)}`;
}

// One folder is gone through after the other; a browser gives a hundred of its files at a time.
async function within(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [[file, path + entry.name]];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const one of some) found.push(...await within(one, `${path}${entry.name}/`));
  }
}

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files].map((file) => [file, file.name]);
  const found = entries.length ? (await Promise.all(entries.map((entry) => within(entry)))).flat() : plain;
  if (!found.length) return;
  dropped = found;
  files.value = folder.value = "";
  tell();
});
for (const input of [files, folder]) {
  input.addEventListener("change", () => {
    dropped = [];
    (input === files ? folder : files).value = "";
    tell();
  });
}

function problem(lines) {
  document.getElementById("problem")?.remove();
  const box = document.createElement("div");
  box.className = "problem";
  box.id = "problem";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  const title = document.createElement("h2");
  title.textContent = "There is a problem";
  box.append(title, ...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  document.getElementById("main").prepend(box);
  box.focus();
}

function idle(busy) {
  sending.hidden = !busy;
  form.querySelector("button:not([type])").disabled = busy;
}

function answered() {
  idle(false);
  if (request.responseURL && new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
    location.assign(request.responseURL);
    return;
  }
  const answer = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("problem");
  const lines = answer ? [...answer.querySelectorAll("p")].map((line) => line.textContent) : [request.responseText];
  problem(lines.filter((line) => line.trim()));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const all = picked();
  const bytes = all.reduce((sum, [file]) => sum + file.size, 0);
  if (!all.length) return problem(["No picture was chosen.", "Choose pictures, a folder of them, or a ZIP."]);
  if (bytes > Number(form.dataset.most) - 1e6 || all.length > Number(form.dataset.mostFiles)) {
    return problem([`${all.length} files of ${megabytes(bytes)} are too much at once.`, "Send fewer, or one smaller ZIP."]);
  }
  const again = form.elements.again;
  if (again && again.value !== form.elements.passphrase.value) {
    return problem(["The two passphrases differ.", "Type the same one twice."]);
  }
  const content = new FormData();
  for (const name of ["resume", "policy", "passphrase", "again"]) {
    if (form.elements[name]) content.append(name, form.elements[name].value);
  }
  for (const [file, path] of all) content.append("files", file, path);
  request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (event) => {
    sent.max = event.total;
    sent.value = event.loaded;
    words.textContent = `${megabytes(event.loaded)} of ${megabytes(event.total)}`;
  });
  request.addEventListener("load", answered);
  request.addEventListener("error", () => {
    idle(false);
    problem(["The console did not answer, so nothing was imported.", "What you chose is still chosen. Try again."]);
  });
  request.addEventListener("abort", () => idle(false));
  idle(true);
  request.send(content);
});
document.getElementById("cancel").addEventListener("click", () => request?.abort());
