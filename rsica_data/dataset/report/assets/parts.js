"use strict";
// Data without a prototype: whatever a metric, class or kind is called, "constructor" or "__proto__" too, looking it up
// finds what the data says of it and nothing else.
const plain = (value) => {
  if (Array.isArray(value)) {
    if (typeof value[0] !== "number") value.forEach(plain);
  } else if (value !== null && typeof value === "object") {
    Object.setPrototypeOf(value, null);
    for (const key of Object.keys(value)) plain(value[key]);
  }
  return value;
};
const dict = (entries) => plain(Object.fromEntries(entries));
// Building blocks of the page; `head` is what is known of the whole dataset.
let head;
const find = (id) => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const swatch = (colour) => {
  const node = make("i", undefined, { class: "swatch" });
  node.style.background = colour;
  return node;
};
const row = (cells, tag = "td") => {
  const line = make("tr");
  cells.forEach((cell, place) => {
    const head = place === 0 || tag === "th";
    const node = make(head ? "th" : "td", undefined, head ? { scope: tag === "th" ? "col" : "row" } : {});
    node.append(cell);
    line.append(node);
  });
  return line;
};

function writeHead(number) {
  document.title = `${head.name}: preview`;
  find("title").textContent = head.title;
  find("summary").textContent = `${head.name}, ${number.toLocaleString("en")} pairs shown; data SHA-256 ${head.sha256.slice(0, 16)}`;
  const tasks = [...new Set(Object.values(head.counts.instructions).flatMap((found) => Object.keys(found)))];
  const counts = find("counts");
  counts.append(row(["split", "pairs", "changed", ...tasks.map((task) => task.replace("_", " "))], "th"));
  for (const split of head.splits) {
    const number = head.counts.pairs[split];
    const found = head.counts.instructions[split] ?? {};
    const figures = [number, head.counts.changed[split], ...tasks.map((task) => found[task] ?? 0)];
    counts.append(row([split, ...figures.map((figure) => figure.toLocaleString("en"))]));
    find("split").append(make("option", split, { value: split }));
  }
  for (const entry of head.classes) find("class").append(make("option", entry.name, { value: entry.name }));
  for (const range of Object.keys(COUNTS)) find("count").append(make("option", range, { value: range }));
  find("distributions").addEventListener("toggle", () => { if (!find("plots").childElementCount) writePlots(); });
  find("distributions").hidden = !head.stats;
  for (const task of tasks) find("task").append(make("option", task.replace("_", " "), { value: task }));
  if (head.rejected.length) {
    const box = find("rejected");
    box.hidden = false;
    const reasons = Object.entries(head.counts.rejected);
    const total = reasons.reduce((sum, [, number]) => sum + number, 0);
    const words = reasons.map(([reason, number]) => `${reason} ${number.toLocaleString("en")}`).join(", ");
    box.querySelector("summary").textContent = `${total.toLocaleString("en")} skipped: ${words}`;
    const list = box.querySelector("ul");
    for (const item of head.rejected) list.append(make("li", `${item.pair_id}: ${item.reason}: ${item.detail}`));
    const more = total - head.rejected.length;
    if (more > 0) list.append(make("li", `and ${more.toLocaleString("en")} more in rejected.jsonl`));
  }
  find("classes").hidden = head.classes.length < 2;
  head.classes.forEach((entry, number) => {
    const label = make("label");
    label.append(make("input", undefined, { type: "checkbox", checked: "", "data-toggle": number }), swatch(entry.colour), entry.name);
    find("classes").append(label);
  });
}

// The nine cells as a small picture; its name says them in words.
const CELLS = ["top", "center", "bottom"].flatMap((y) => ["left", "center", "right"].map((x) => `${y}-${x}`));
function cellMap(cells, colour) {
  const words = cells.join(", ") || "no cells";
  const node = make("span", undefined, { class: "cells", role: "img", "aria-label": words, title: words });
  for (const cell of CELLS) {
    const part = make("i");
    if (cells.includes(cell)) part.style.background = colour;
    node.append(part);
  }
  return node;
}

function facts(pair) {
  const part = make("div");
  const legend = make("div", undefined, { class: "legend" });
  for (const entry of head.classes) {
    const item = make("span", entry.name);
    item.prepend(swatch(entry.colour));
    legend.append(item);
  }
  part.append(legend);
  if (pair.classes.length) {
    const table = make("table", undefined, { class: "facts" });
    table.append(row(["class", "count", "area", "share", "cells"], "th"));
    const colours = dict(head.classes.map((entry) => [entry.name, entry.colour]));
    for (const entry of pair.classes) {
      const area = entry.m2 === null ? `${entry.area.toLocaleString("en")} px` : `${Math.round(entry.m2).toLocaleString("en")} m²`;
      table.append(row([entry.name, entry.count, area, `${entry.share}%`, cellMap(entry.cells, colours[entry.name])]));
    }
    part.append(table);
  }
  if (pair.captions.length) {
    const list = make("ul", undefined, { class: "captions" });
    for (const caption of pair.captions) list.append(make("li", caption));
    part.append(list);
  }
  return part;
}

function talk(pair) {
  const part = make("div", undefined, { class: "talk", role: "group", "aria-label": `Instructions of ${pair.id}` });
  for (const item of pair.asked) {
    const block = make("div", undefined, { "data-task": item.task, id: item.id, class: "row", tabindex: "-1" });
    const title = make("h3");
    title.append(make("a", item.task.replace("_", " "), { href: `#${encodeURIComponent(item.id)}`, title: "address of this row" }));
    const note = item.kind === item.task ? item.template : `${item.kind}`;
    title.append(make("small", `  ${note ?? ""}${item.references > 1 ? `, ${item.references} references` : ""}`));
    block.append(title, decisionBar(item.id, pair, item));
    for (const [role, text] of item.turns) block.append(make("div", text, { class: `turn ${role}` }));
    part.append(block);
  }
  return part;
}

function card(pair) {
  const node = make("article", undefined, { tabindex: "0", id: pair.id });
  const title = make("h2");
  title.append(make("a", pair.id, { href: `#${encodeURIComponent(pair.id)}`, title: "address of this pair" }));
  const change = pair.changed === null ? "change not known" : pair.changed ? "changed" : "unchanged";
  title.append(make("span", pair.split, { class: "tag" }), make("span", change, { class: "tag" }));
  const beside = make("div", undefined, { class: "beside" });
  beside.append(facts(pair));
  const place = placePart(pair);
  if (place) beside.append(place);
  node.append(title, decisionBar(pair.id, pair), viewer(pair), beside, talk(pair));
  return node;
}
const textOf = (pair) => [pair.id, ...pair.captions, ...pair.asked.flatMap((item) => [item.kind, ...item.turns.map((turn) => turn[1])])].join("\n").toLowerCase();

// Filters that both pages have. Counts are those of changed objects, of the chosen class or of all.
const FILTERS = ["split", "changed", "task", "class", "count", "search"];
const COUNTS = { 0: [0, 0], 1: [1, 1], "2-5": [2, 5], "6-20": [6, 20], "21+": [21, Infinity] };
function fitsClassAndCount(counts, names) {
  const [chosen, range] = [find("class").value, find("count").value];
  const number = chosen ? (counts[names.indexOf(chosen)] ?? 0) : counts.reduce((sum, count) => sum + count, 0);
  if (range) return number >= COUNTS[range][0] && number <= COUNTS[range][1];
  return !chosen || number > 0;
}
function showTask(node, task) {
  for (const block of node.querySelectorAll("[data-task]")) block.hidden = Boolean(task) && block.dataset.task !== task;
}

// Distributions: one small chart a class and split, with its numbers as words.
function bars(title, entries) {
  const most = Math.max(...entries.map(([, number]) => number), 1);
  const list = make("dl", undefined, { class: "bars" });
  for (const [label, number] of entries) {
    const bar = make("span", undefined, { class: "fill" });
    bar.style.width = `${(100 * number) / most}%`;
    const value = make("dd");
    value.append(bar, make("span", number.toLocaleString("en")));
    list.append(make("dt", label), value);
  }
  const part = make("figure");
  part.append(make("figcaption", title), list);
  return part;
}
function writePlots() {
  const box = find("plots");
  for (const [split, stats] of Object.entries(head.stats ?? {})) {
    box.append(bars(`${split}: instructions by task`, Object.entries(stats.tasks).map(([task, number]) => [task.replace("_", " "), number])));
    for (const [name, entry] of Object.entries(stats.classes)) {
      box.append(bars(`${split}: pairs by number of changed objects, ${name}`, Object.entries(entry.count_bins)));
      box.append(bars(`${split}: pairs by grid cell, ${name}`, Object.entries(entry.cells)));
    }
  }
}

const STEPS = dict([["j", 1], ["ArrowRight", 1], ["k", -1], ["ArrowLeft", -1]]);
let turnPage = null; // set where pairs come in pages: (1 or -1) -> whether there is another page
const shownPairs = () => [...document.querySelectorAll("main article")].filter((node) => !node.hidden);
function stepPair(step) {
  const shown = shownPairs();
  const now = shown.findIndex((node) => node.contains(document.activeElement));
  if (now >= 0 && !shown[now + step] && turnPage?.(step)) return true;
  const next = shown[Math.min(shown.length - 1, Math.max(0, now + step))];
  // Focus alone scrolls a tall pair to its middle.
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
  return Boolean(next);
}
// Fields need their keys themselves, sliders and lists their arrows; with a modifier keys are the browser's.
const isTyping = (event) => event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea, .scroll");
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.shiftKey || isTyping(event)) return;
  if (stepPair(step)) event.preventDefault();
});
