// Small improvements over pages that work without them: the ballot bar counts along, copy and print buttons appear,
// and the keyboard starts at what went wrong.

const money = (minor, currency) => {
  const lang = document.documentElement.lang || "en";
  try {
    const digits = new Intl.NumberFormat(lang, { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
    const whole = minor % 10 ** digits === 0;
    const format = new Intl.NumberFormat(lang, { style: "currency", currency, minimumFractionDigits: whole ? 0 : digits, maximumFractionDigits: digits });
    return format.format(minor / 10 ** digits);
  } catch {
    return `${minor} ${currency}`;
  }
};

function ballotBar(bar) {
  const form = bar.closest("form");
  if (!form) return;
  const live = bar.querySelector("[aria-live]");
  const limits = [...bar.querySelectorAll("[data-limit]")];
  const number = (text) => (text === undefined ? null : Number(text));
  let timer;

  const sentence = ({ limit, chosen, spent, points, max, budget, maxPoints, over }) => {
    const say = live.dataset;
    const pattern = maxPoints !== null ? say.sayPoints : max !== null && budget !== null ? say.say : max !== null ? say.sayCount : budget !== null ? say.sayMoney : say.sayPlain;
    const words = { chosen, max, points, maxPoints, spent: money(spent, bar.dataset.currency), budget: money(budget ?? 0, bar.dataset.currency) };
    const text = pattern.replace(/\{(\w+)\}/g, (_, word) => words[word]);
    return `${limits.length > 1 ? `${limit.dataset.name}: ` : ""}${text}${over ? ` ${say.over}` : ""}`;
  };

  // A tick counts 1; a field of points, a score or a place counts as its number, and nothing without one.
  const amount = (field) => {
    if (field.type === "checkbox") return Number(field.checked);
    return field.type === "radio" && !field.checked ? 0 : parseInt(field.value, 10) || 0;
  };

  const state = (limit) => {
    const lines = [...form.querySelectorAll("[data-cost]")].filter((field) => field.dataset.group === limit.dataset.limit && amount(field));
    const chosen = lines.length;
    const sum = (value) => lines.reduce((total, field) => total + value(field), 0);
    const spent = sum((field) => Number(field.dataset.cost)), points = sum(amount);
    const max = number(limit.dataset.max), budget = number(limit.dataset.budget), maxPoints = number(limit.dataset.maxPoints);
    const over = (max !== null && chosen > max) || (budget !== null && spent > budget) || (maxPoints !== null && points > maxPoints);
    return { limit, chosen, spent, points, max, budget, maxPoints, over };
  };

  const show = (s) => {
    const given = s.limit.querySelector("[data-points]"), chosen = s.limit.querySelector("[data-chosen]");
    if (given) given.textContent = s.points;
    if (chosen) chosen.textContent = s.chosen;
    const shown = s.limit.querySelector("[data-spent]");
    if (shown) (shown.querySelector("data") ?? shown).textContent = money(s.spent, bar.dataset.currency);
    shown?.querySelector("data")?.setAttribute("value", s.spent);
    const meter = s.limit.querySelector("meter");
    if (meter) meter.value = s.budget !== null ? s.spent : s.maxPoints !== null ? s.points : s.chosen;
    s.limit.classList.toggle("app-ballot-bar__limit--over", s.over);
    s.limit.querySelector("[data-too-much]").hidden = !s.over;
  };

  // A limit whose lines stand on another page keeps the numbers the server gave it.
  const here = (limit) => [...form.querySelectorAll("[data-cost]")].some((field) => field.dataset.group === limit.dataset.limit);

  const update = (group) => {
    const states = limits.filter(here).map(state);
    states.forEach(show);
    const changed = states.filter((s) => group === undefined || s.limit.dataset.limit === group);
    clearTimeout(timer);
    if (group !== undefined) timer = setTimeout(() => { live.textContent = changed.map(sentence).join(" "); }, 300);
  };

  // "input" comes with every digit that is typed, and for ticks, scores and lists as well.
  form.addEventListener("input", (event) => { if (event.target.matches("[data-cost]")) update(event.target.dataset.group); });
  addEventListener("pageshow", () => update());
  addEventListener("pb:changed", () => update());
}

function copyButton(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) return;
  const text = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = text; }, 3000);
  });
}

function printButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A draft: what is chosen and not sent is kept in this browser, under a name that is the voter's own, until it is sent,
// left, or old. There is none at shared computers: there the server names none.
const DRAFT = "pb-draft:", DRAFT_DAYS = 21;
const CHOICE = /^(project|(points|rank)-\d+)$/;

const drafts = {
  // Private windows and full disks may refuse; then there is just no draft.
  write(key, lines) { try { if (lines.length) localStorage.setItem(DRAFT + key, JSON.stringify({ at: Date.now(), lines })); else localStorage.removeItem(DRAFT + key); return true; } catch { return false; } },
  read(key) { try { const found = JSON.parse(localStorage.getItem(DRAFT + key)); return found && Date.now() - found.at < DRAFT_DAYS * 864e5 ? found.lines : null; } catch { return null; } },
  forget(key) { try { localStorage.removeItem(DRAFT + key); } catch { /* nothing is kept */ } },
};

// No points, and a score of 0, choose nothing.
const choices = (form) => [...new FormData(form)].filter(([name, value]) => CHOICE.test(name) && !["", "0"].includes(value.trim()));

function putBack(form, lines) {
  for (const [name, value] of lines) {
    const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].filter((field) => field.type !== "hidden");
    const option = fields.find((field) => ["checkbox", "radio"].includes(field.type) && field.value === value);
    if (option) option.checked = true;
    else if (fields.length && !["checkbox", "radio"].includes(fields[0].type)) fields[0].value = value;
  }
}

function clearChoices(form) {
  for (const field of form.elements) {
    if (!CHOICE.test(field.name)) continue;
    if (field.type === "checkbox") field.checked = false;
    else if (field.type === "radio") field.checked = field.value === "0" || field.value === "";
    else if (field.type !== "hidden") field.value = "";
  }
}

function draft(mark) {
  const form = mark.closest("form") ?? document.querySelector("[data-ballot-bar]")?.closest("form"), key = mark.dataset.draft;
  if (!form) return;
  const save = () => { if (drafts.write(key, choices(form))) form.querySelectorAll("[data-kept]").forEach((note) => { note.hidden = false; }); };
  const found = drafts.read(key);
  if (!("draftKeep" in mark.dataset) && found && !choices(form).length) {
    putBack(form, found);
    mark.hidden = false;
    dispatchEvent(new Event("pb:changed"));
  }
  save();
  form.addEventListener("input", save);
  form.addEventListener("submit", save);
  mark.querySelector("[data-draft-drop]")?.addEventListener("click", () => {
    clearChoices(form);
    save();
    mark.hidden = true;
    dispatchEvent(new Event("pb:changed"));
    form.closest("main")?.focus();
  });
  document.querySelectorAll('form[action$="/vote/leave"]').forEach((leave) => leave.addEventListener("submit", () => drafts.forget(key)));
}

// Enter in a field that looks for projects looks, and does not go on to the review.
function find(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    box.querySelector("button").click();
  });
}

// A kiosk starts over when nobody touches it, and asks before it does.
function kiosk(bar) {
  const whole = Number(bar.dataset.kiosk), warning = Math.min(60, whole / 2);
  const ask = bar.querySelector("[role=alertdialog]"), shown = bar.querySelector("[data-kiosk-left]");
  let last = Date.now();
  const awake = () => { if (ask.hidden) last = Date.now(); };
  ["pointerdown", "keydown", "input", "scroll"].forEach((kind) => addEventListener(kind, awake, { passive: true }));
  bar.querySelector("[data-kiosk-stay]").addEventListener("click", () => { last = Date.now(); ask.hidden = true; });
  setInterval(() => {
    const left = Math.ceil(whole - (Date.now() - last) / 1000);
    if (left <= 0) return location.replace(bar.dataset.kioskStart);
    shown.textContent = left;
    if (left > warning || !ask.hidden) return;
    ask.hidden = false;
    ask.querySelector("button").focus();
  }, 1000);
}

// A receipt that came with a QR code stands after # in the address, which no server sees.
function receiptField(field) {
  const code = location.hash.slice(1); // no code has a sign that an address would write otherwise
  if (/^[0-9A-Z-]{17,21}$/i.test(code) && !field.value) field.value = code;
}

// Who has left must not be met again by somebody who goes back.
document.querySelectorAll('form[action$="/vote/leave"]').forEach((leave) => leave.addEventListener("submit", () => {
  addEventListener("pageshow", (event) => { if (event.persisted) { document.body.hidden = true; location.replace(leave.action.replace(/\/leave$/, "")); } });
}));
document.querySelectorAll("[data-ballot-bar]").forEach(ballotBar);
document.querySelectorAll("[data-draft]").forEach(draft);
document.querySelectorAll("[data-draft-sent]").forEach((mark) => drafts.forget(mark.dataset.draftSent));
document.querySelectorAll(".app-find").forEach(find);
document.querySelectorAll("[data-kiosk]").forEach(kiosk);
document.querySelectorAll('form[action$="/receipts"] #receipt').forEach(receiptField);
document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("[data-print]").forEach(printButton);
document.querySelector("[data-error-summary]")?.focus();
