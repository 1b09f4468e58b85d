// While somebody types an idea, those that say nearly the same show below it. Without this, the next page shows them.

const WAIT = 400, LEAST = 8;

for (const box of document.querySelectorAll("[data-alike]")) {
  const field = box.querySelector("textarea"), found = box.querySelector("[data-alike-found]");
  if (!field || !found) continue;
  let timer, asked;

  const ask = async () => {
    asked?.abort();
    const text = field.value.trim();
    if (text.length < LEAST) { found.hidden = true; return; }
    asked = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.alike}?${new URLSearchParams({ text })}`, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return;
      const html = (await answer.text()).trim();
      if (html !== found.innerHTML.trim()) found.innerHTML = html;
      found.hidden = !html;
    } catch { /* offline, or something newer was typed: the next page shows them */ }
  };

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
}
