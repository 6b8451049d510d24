// A review: a decision on each pair and row, kept in this browser and saved as lines of JSON for `rsica-data build`.
const DECISIONS = { a: ["accept", "✓", "Accept"], r: ["reject", "✗", "Reject"], f: ["flag", "⚑", "Flag"] };
const decided = new Map();
const memory = () => `rsica-review:${head.sha256}`;
const drawn = new Map(); // by id, the function that draws its decision again

function recall() {
  try {
    for (const one of JSON.parse(localStorage.getItem(memory()) ?? "[]")) decided.set(one.id, one);
  } catch { /* a page from disk may have no storage: decisions last as long as the page then */ }
  drawDecisions();
}
function keep() {
  try {
    localStorage.setItem(memory(), JSON.stringify([...decided.values()]));
  } catch { /* as above */ }
  drawDecisions();
}
function drawDecisions() {
  for (const draw of drawn.values()) draw();
  const counts = dict(Object.values(DECISIONS).map(([name]) => [name, 0]));
  for (const { decision } of decided.values()) counts[decision] = (counts[decision] ?? 0) + 1;
  const told = Object.entries(counts).filter(([, number]) => number).map(([name, number]) => `${number} ${name}`);
  find("decided").textContent = told.join(", ") || "no decision yet";
  find("save").disabled = !decided.size;
}

// The same decision again takes it back; a comment stays.
function decide(id, decision, more = {}) {
  const before = decided.get(id);
  const again = before?.decision === decision && !("comment" in more) && !("text" in more);
  const one = { id, decision: again ? "comment" : decision, comment: before?.comment ?? "", reviewed: new Date().toISOString(), ...more };
  if (one.decision === "comment" && !one.comment) decided.delete(id);
  else decided.set(id, one);
  keep();
}

function decisionBar(id, pair, item) {
  const bar = make("div", undefined, { class: "decision" });
  const label = item ? `row ${id.split("#").slice(1).join(" ")} of ${pair.id}` : `pair ${id}`;
  const buttons = Object.entries(DECISIONS).map(([key, [name, sign, word]]) => {
    const button = make("button", item ? sign : `${sign} ${word}`, { type: "button", "aria-label": `${word} ${label}`, title: `${word} (${key})`, class: name });
    button.addEventListener("click", () => decide(id, name));
    return [name, button];
  });
  const told = make("span", "", { class: "told" });
  const act = (text, name, key, run) => {
    const button = make("button", text, { type: "button", "aria-label": `${name} ${label}`, title: `${name} (${key})` });
    button.addEventListener("click", run);
    return button;
  };
  bar.askComment = () => askText(bar, "Comment", decided.get(id)?.comment ?? "", (comment) => decide(id, decided.get(id)?.decision ?? "comment", { comment }));
  bar.append(...buttons.map(([, button]) => button), act(item ? "…" : "… Comment", "Comment", "c", bar.askComment));
  if (item?.turns.length === 2) {
    bar.askFix = () => askText(bar, "New answer", decided.get(id)?.text ?? item.turns[1][1], (text) => decide(id, "fix", { text }));
    bar.append(act("✎", "Fix the answer of", "e", bar.askFix));
  }
  bar.append(told);
  drawn.set(id, () => {
    const one = decided.get(id);
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", one?.decision === name);
    told.textContent = [one?.decision === "fix" ? `fixed: ${one.text}` : "", one?.comment ?? ""].filter(Boolean).join("; ");
    const owner = bar.parentElement;
    if (owner) owner.dataset.decision = one?.decision ?? "";
  });
  bar.decide = (name) => decide(id, name);
  queueMicrotask(() => drawn.get(id)?.());
  return bar;
}

// A field in the bar; Enter keeps what was written, Escape leaves all as it was.
function askText(bar, label, text, done) {
  bar.querySelector("input")?.remove();
  const owner = bar.parentElement;
  const field = make("input", undefined, { type: "text", "aria-label": label, placeholder: `${label}: Enter keeps it, Escape leaves it` });
  field.value = text;
  const close = () => { field.remove(); owner.focus(); };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const words = field.value.trim();
    close();
    if (event.key === "Enter") done(words);
  });
  bar.append(field);
  field.focus();
}

function stepRow(step) {
  const article = document.activeElement?.closest?.("article");
  if (!article) return false;
  const rows = [...article.querySelectorAll(".row")].filter((node) => !node.hidden);
  const now = rows.findIndex((node) => node.contains(document.activeElement));
  if (now + step < 0) article.focus();
  else rows[Math.min(rows.length - 1, now + step)]?.focus();
  return true;
}

function saveDecisions() {
  const lines = [...decided.values()].map((one) => `${JSON.stringify({ ...one, dataset_sha256: head.sha256 })}\n`);
  const link = make("a", undefined, { download: `${head.name}-decisions.jsonl`, href: URL.createObjectURL(new Blob(lines, { type: "application/jsonl" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
async function openDecisions(file) {
  const known = ["accept", "reject", "flag", "comment", "fix"];
  let wrong = 0;
  for (const line of (await file.text()).split("\n").filter((text) => text.trim())) {
    try {
      const one = plain(JSON.parse(line));
      if (typeof one.id !== "string" || !known.includes(one.decision)) throw new Error("no decision");
      decided.set(one.id, { id: one.id, decision: one.decision, comment: String(one.comment ?? ""), reviewed: String(one.reviewed ?? ""), ...(one.decision === "fix" ? { text: String(one.text) } : {}) });
    } catch { wrong += 1; }
  }
  keep();
  if (wrong) find("decided").textContent += `; ${wrong} lines are no decisions`;
}

find("save").addEventListener("click", saveDecisions);
find("open").addEventListener("change", () => { if (find("open").files[0]) openDecisions(find("open").files[0]); });
document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.shiftKey) return;
  const bar = (document.activeElement?.closest?.(".row") ?? document.activeElement?.closest?.("article"))?.querySelector(".decision");
  let done = true;
  if (event.key === "s" && decided.size) saveDecisions();
  else if (event.key === "n" || event.key === "p") done = stepRow(event.key === "n" ? 1 : -1);
  else if (bar && DECISIONS[event.key]) bar.decide(DECISIONS[event.key][0]);
  else if (bar && event.key === "c") bar.askComment();
  else if (bar?.askFix && event.key === "e") bar.askFix();
  else done = false;
  if (done) event.preventDefault();
});
