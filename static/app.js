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

document.querySelectorAll("[data-ballot-bar]").forEach(ballotBar);
document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("[data-print]").forEach(printButton);
document.querySelector("[data-error-summary]")?.focus();
