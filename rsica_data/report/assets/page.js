"use strict";
const { head, pairs } = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const row = (cells, tag = "td") => {
  const line = make("tr");
  cells.forEach((cell, place) => line.append(make(place === 0 ? "th" : tag, cell, place === 0 ? { scope: tag === "th" ? "col" : "row" } : {})));
  return line;
};

function writeHead() {
  document.title = `${head.name}: preview`;
  find("title").textContent = head.title;
  find("summary").textContent = `${head.name}, ${pairs.length} pairs shown; data SHA-256 ${head.sha256.slice(0, 16)}`;
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
  for (const task of tasks) find("task").append(make("option", task.replace("_", " "), { value: task }));
  if (head.rejected.length) {
    const box = find("rejected");
    box.hidden = false;
    box.querySelector("summary").textContent = `${head.rejected.length} set aside`;
    for (const item of head.rejected) box.querySelector("ul").append(make("li", `${item.pair_id}: ${item.reason}: ${item.detail}`));
  }
}

const SVG = "http://www.w3.org/2000/svg";
function drawing(pair) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${pair.width} ${pair.height}`);
  svg.setAttribute("aria-hidden", "true");
  const add = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  const stroke = Math.max(pair.width, pair.height) / 220;
  for (const item of pair.objects) {
    const [x0, y0, x1, y1] = item.box;
    add("rect", { class: "box", x: x0, y: y0, width: x1 - x0, height: y1 - y0, fill: "none", stroke: head.classes[item.class].colour, "stroke-width": stroke });
  }
  for (const third of [1, 2]) {
    const [x, y] = [(pair.width * third) / 3, (pair.height * third) / 3];
    for (const line of [{ x1: x, x2: x, y1: 0, y2: pair.height }, { x1: 0, x2: pair.width, y1: y, y2: y }])
      add("line", { class: "cell", ...line, stroke: "#fff", "stroke-opacity": ".75", "stroke-width": stroke / 1.5 });
  }
  return svg;
}

function viewer(pair) {
  const view = make("div", undefined, { class: "view" });
  view.style.aspectRatio = `${pair.width} / ${pair.height}`;
  view.style.setProperty("--cut", "50%");
  if (pair.after) view.append(make("img", undefined, { src: pair.after, alt: `${pair.id} after` }));
  if (pair.before) view.append(make("img", undefined, { class: "before", src: pair.before, alt: `${pair.id} before` }));
  if (pair.overlay) view.append(make("img", undefined, { class: "mask", src: pair.overlay, alt: "change mask" }));
  view.append(drawing(pair), make("span", "before", { class: "name b" }), make("span", "after", { class: "name a" }), make("span", undefined, { class: "edge" }));
  const slider = make("input", undefined, { type: "range", min: 0, max: 100, value: 50, "aria-label": `Swipe between before and after of ${pair.id}` });
  slider.addEventListener("input", () => view.style.setProperty("--cut", `${slider.value}%`));
  view.append(slider);
  return view;
}

function facts(pair) {
  const part = make("div");
  const legend = make("div", undefined, { class: "legend" });
  for (const entry of head.classes) {
    const item = make("span", entry.name);
    const colour = make("i");
    colour.style.background = entry.colour;
    item.prepend(colour);
    legend.append(item);
  }
  part.append(legend);
  if (pair.classes.length) {
    const table = make("table", undefined, { class: "facts" });
    table.append(row(["class", "count", "area", "share", "cells"], "th"));
    for (const entry of pair.classes) {
      const area = entry.m2 === null ? `${entry.area} px` : `${Math.round(entry.m2)} m²`;
      table.append(row([entry.name, entry.count, area, `${entry.share}%`, entry.cells.join(", ") || "–"]));
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
  const part = make("div", undefined, { class: "talk", tabindex: "0", role: "region", "aria-label": `Instructions of ${pair.id}` });
  for (const item of pair.asked) {
    const block = make("div", undefined, { "data-task": item.task });
    const title = make("h3", item.task.replace("_", " "));
    const note = item.kind === item.task ? item.template : `${item.kind}`;
    title.append(make("small", `  ${note ?? ""}${item.references > 1 ? `, ${item.references} references` : ""}`));
    block.append(title);
    for (const [role, text] of item.turns) block.append(make("div", text, { class: `turn ${role}` }));
    part.append(block);
  }
  return part;
}

function card(pair) {
  const node = make("article", undefined, { tabindex: "0", id: pair.id });
  const title = make("h2", pair.id);
  title.append(make("span", pair.split, { class: "tag" }), make("span", pair.changed ? "changed" : "unchanged", { class: "tag" }));
  const left = make("div");
  left.append(viewer(pair), facts(pair));
  node.append(title, left, talk(pair));
  const texts = [pair.id, ...pair.captions, ...pair.asked.flatMap((item) => [item.kind, ...item.turns.map((turn) => turn[1])])];
  return { node, pair, text: texts.join("\n").toLowerCase() };
}

writeHead();
const cards = pairs.map(card);
find("pairs").append(...cards.map((entry) => entry.node));

function filter() {
  const [split, changed, task, words] = ["split", "changed", "task", "search"].map((id) => find(id).value);
  const wanted = words.trim().toLowerCase();
  let number = 0;
  for (const { node, pair, text } of cards) {
    const fits = (!split || pair.split === split) && (!changed || Boolean(pair.changed) === (changed === "yes")) &&
      (!wanted || text.includes(wanted)) && (!task || pair.asked.some((item) => item.task === task));
    node.hidden = !fits;
    node.style.display = fits ? "" : "none";
    number += fits;
    for (const block of node.querySelectorAll("[data-task]")) block.hidden = Boolean(task) && block.dataset.task !== task;
  }
  find("found").textContent = `${number} of ${cards.length} pairs`;
}
function layers() {
  for (const [id, selector] of [["mask", "img.mask"], ["boxes", ".box"], ["grid", ".cell"]])
    for (const node of document.querySelectorAll(selector)) node.style.display = find(id).checked ? "" : "none";
}
for (const id of ["split", "changed", "task", "search"]) find(id).addEventListener("input", filter);
for (const id of ["mask", "boxes", "grid"]) find(id).addEventListener("input", layers);
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.target.matches("input, select")) return;
  const shown = cards.filter(({ node }) => !node.hidden).map(({ node }) => node);
  const now = shown.findIndex((node) => node.contains(document.activeElement));
  const next = shown[Math.min(shown.length - 1, Math.max(0, now + (event.key === "j" ? 1 : -1)))];
  if (next) next.focus();
});
filter();
layers();
