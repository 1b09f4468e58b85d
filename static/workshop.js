// Pages of a workshop show what is new without being loaded again. Without this there is “Look again”.
// What somebody is writing is never taken away: the page waits, or carries it over.

const announce = document.querySelector("[data-announce]"), waiting = document.querySelector("[data-waiting]"), offline = document.querySelector("[data-offline]");
let part = document.querySelector("[data-live]"), ends = null, next, asking = false, held = null, dragged = null;

const fields = () => [...part.querySelectorAll("textarea, select, input:not([type=hidden])")];
const changed = (field) => field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected)
  : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
const same = (field, fresh) => field.id && fresh.querySelector(`#${CSS.escape(field.id)}`);

// The clock of the server: it sends seconds, and they are counted from when they came.
function wind(left) {
  ends = left === undefined || left === null ? null : performance.now() + Number(left) * 1000;
  tick();
}

function tick() {
  const shown = part.querySelector("[data-clock]");
  if (ends === null || !shown) return;
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60;
  shown.textContent = hours >= 48 ? `${Math.floor(hours / 24)} days ${hours % 24} h` : hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
  if (left === 0) { ends = null; later(Math.random() * 1500); }
}

// Whether the fresh piece can be shown without taking away what somebody is writing.
function mayShow(fresh) {
  if (dragged) return false;
  const open = fields().filter(changed);
  return !open.includes(document.activeElement) && open.every((field) => same(field, fresh));
}

function put(fresh) {
  for (const field of fields().filter(changed)) {
    const there = same(field, fresh);
    if (there) { there.value = field.value; there.checked = field.checked; }
  }
  for (const open of part.querySelectorAll("details[open][id]")) same(open, fresh)?.setAttribute("open", "");
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const news = fresh.dataset.say !== part.dataset.say ? fresh.dataset.say : "";
  part.replaceWith(fresh);
  part = fresh;
  held = null;
  waiting.hidden = true;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (news) announce.textContent = news;
  wind(part.dataset.left);
  offerDragging();
}

function offer(fresh) {
  const begun = fresh.dataset.stage !== part.dataset.stage;
  // The time was up while somebody was writing: what stands there is sent, and still counts for a moment.
  const form = begun && fields().find((field) => changed(field) && field.value.trim() && field.form?.hasAttribute("data-send"))?.form;
  if (form) return form.requestSubmit();
  if (mayShow(fresh)) return put(fresh);
  held = fresh;
  waiting.hidden = false;
}

async function fetchPart() {
  const answer = await fetch(part.dataset.piece, { cache: "no-store" });
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (fresh) offer(document.adoptNode(fresh));
}

async function look() {
  if (asking || document.hidden) return later();
  asking = true;
  const tag = (held ?? part).dataset.tag;
  try {
    const answer = await fetch(part.dataset.live, { cache: "no-store", headers: { "If-None-Match": `"${tag}"` } });
    if (answer.ok && (await answer.json()).tag !== tag) await fetchPart();
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  } finally {
    asking = false;
    later();
  }
}

function later(wait = Number(part.dataset.every) * 1000 * (.8 + Math.random() * .4)) {
  clearTimeout(next);
  next = setTimeout(look, wait);
}

// With a mouse, ideas can be dragged onto groups too. It does what the list and its button do.
function offerDragging() {
  const groups = part.querySelector("[data-groups]");
  if (!groups || !matchMedia("(any-pointer: fine)").matches) return;
  groups.hidden = false;
  for (const row of part.querySelectorAll("[data-idea]")) row.draggable = true;
}

async function drop(row, group) {
  const list = row.querySelector("select");
  list.value = group.dataset.group;
  const answer = await fetch(list.form.action, { method: "POST", body: new FormData(list.form), redirect: "manual" });
  if (answer.type !== "opaqueredirect") return list.form.requestSubmit();
  announce.textContent = `${group.textContent}: ${row.querySelector("label").textContent}`;
  later(0);
}

function dragging() {
  const over = (event) => dragged && event.target.closest?.("[data-group]");
  document.addEventListener("dragstart", (event) => { dragged = event.target.closest?.("[data-idea]") ?? null; });
  document.addEventListener("dragend", () => { dragged = null; });
  document.addEventListener("dragover", (event) => { if (over(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const group = over(event);
    if (!group) return;
    event.preventDefault();
    drop(dragged, group);
    dragged = null;
  });
}

if (part) {
  wind(part.dataset.left);
  offerDragging();
  dragging();
  setInterval(tick, 1000);
  later();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(0); });
  document.addEventListener("focusout", () => setTimeout(() => { if (held && mayShow(held)) put(held); }));
  waiting.querySelector("[data-show]").addEventListener("click", () => { if (held) put(held); });
}
