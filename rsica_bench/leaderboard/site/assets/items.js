"use strict";
// Items: both images of a pair with gold and prediction drawn on them, the question, replies with what was read of them.
const CELLS = ["top", "center", "bottom"].flatMap((y) => ["left", "center", "right"].map((x) => `${y}-${x}`));

// A picture is read when it comes into view: a page of many items stays quick.
const whenSeen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    whenSeen.unobserve(entry.target);
    entry.target.draw();
  }
}, { rootMargin: "300px" });

function pictureBox(board, item, runs, small) {
  const box = el("div", { class: small ? "shots small" : "shots" });
  if (item.picture === undefined) return null;
  box.draw = () => load(`pair:${board.name}:${item.picture}`, `${board.name}.pairs/${item.picture}`)
    .then((pair) => box.replaceChildren(...shots(pair, item, runs)))
    .catch((error) => box.replaceChildren(el("p", {}, error.message)));
  whenSeen.observe(box);
  return box;
}

function shots(pair, item, runs) {
  return ["before", "after"].filter((side) => pair[side]).map((side) => {
    const shot = el("figure", { class: "shot" });
    const view = el("div", { class: "layers" });
    view.style.aspectRatio = `${pair.width} / ${pair.height}`;
    view.append(el("img", { src: pair[side], alt: `${item.pair}, ${side}` }));
    for (const layer of pair.gold) view.append(el("img", { class: "layer gold", src: layer.src, alt: "" }));
    for (const run of runs) for (const layer of pair.predicted[run] ?? []) view.append(el("img", { class: "layer predicted", src: layer.src, alt: "" }));
    view.append(cellDrawing(pair, item, runs));
    shot.append(view, el("figcaption", {}, side));
    return shot;
  });
}

// Cells of the gold are filled, those of an answer have a dashed frame; a class has its own colour.
function cellDrawing(pair, item, runs) {
  const svg = svgNode("svg", { viewBox: "0 0 300 300", preserveAspectRatio: "none", class: "layer", "aria-hidden": "true" });
  const colourOf = (name) => pair.classes.find((entry) => entry.name === name)?.colour ?? "rgb(255,214,10)";
  const draw = (cells, inset, attributes) => {
    for (const [name, list] of Object.entries(cells ?? {})) for (const cell of list) {
      const place = CELLS.indexOf(cell);
      svg.append(svgNode("rect", { x: 100 * (place % 3) + inset, y: 100 * Math.floor(place / 3) + inset, width: 100 - 2 * inset, height: 100 - 2 * inset, ...attributes(colourOf(name)) }));
    }
  };
  draw(item.cells, 2, (colour) => ({ class: "gold", fill: colour, "fill-opacity": ".28", stroke: colour, "stroke-width": 2 }));
  for (const run of runs) draw(item.answers[run]?.cells, 9, (colour) => ({ class: "predicted", fill: "none", stroke: colour, "stroke-width": 5, "stroke-dasharray": "12 7" }));
  return svg;
}

// A reply with the spans that were read marked. Places count characters as Python does, not UTF-16 units.
function markedReply(answer) {
  if (answer.raw === null || answer.raw === undefined) return el("p", { class: "reply none" }, "(no reply)");
  const letters = Array.from(answer.raw);
  const part = el("p", { class: "reply" });
  let place = 0;
  for (const [start, end] of answer.marks ?? []) {
    part.append(letters.slice(place, start).join(""), el("mark", {}, letters.slice(start, end).join("")));
    place = end;
  }
  part.append(letters.slice(place).join(""));
  return part;
}

function faultTags(answer, found) {
  return (answer.faults ?? []).flatMap((kind) => [tag(found.faults[kind] ?? kind, "fault"), " "]);
}

// Why an answer has its score: each value beside the gold.
function toldTable(answer) {
  if (!answer.told?.length) return null;
  const body = el("tbody");
  for (const one of answer.told) body.append(el("tr", { class: one.right ? "right" : "wrong" }, el("th", { class: "text", scope: "row" }, words(one.of)),
    el("td", { class: "text" }, one.gold), el("td", { class: "text" }, one.read), el("td", {}, one.right ? "✓ right" : "✗ wrong")));
  const heads = ["value", "gold", "read", "verdict"].map((name) => el("th", { scope: "col", class: name === "verdict" ? undefined : "text" }, name));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "values read" }, el("table", { class: "told" }, el("thead", {}, el("tr", {}, ...heads)), body));
}

function answerSide(item, run, label, found, full) {
  const answer = item.answers[run];
  const good = found.lower ? "less is better" : "more is better";
  const score = el("p", { class: "soft" }, `${label}: `, el("strong", {}, `${found.label} ${item.values[run].toFixed(3)}`), ` (${good}) `, ...faultTags(answer, found));
  return el("div", { class: "side" }, score, full instanceof Node ? full : null, markedReply(answer), answer.reason ? el("p", { class: "soft" }, `not read: ${answer.reason}`) : null, full ? toldTable(answer) : null);
}

function answerCard(board, table, item, runs, models, found) {
  const sides = runs.map((run) => answerSide(item, run, models[run] ?? "answer", found, false));
  return el("li", {}, pictureBox(board, item, runs, true), el("div", { class: "words" },
    el("p", { class: "q" }, item.prompt), el("div", { class: runs.length > 1 ? "two" : "" }, ...sides),
    item.references.length ? el("p", { class: "soft" }, `Accepted: ${item.references.join(" | ")}`) : null,
    el("p", { class: "soft" }, link("Open item", "item", board.name, table.id, item.id, ...runs), ` ${item.id}`)));
}

// One of each question first, then those with other replies: the same sentence is not shown three times.
function diverse(items, run) {
  const [prompts, replies, first, second, rest] = [new Set(), new Set(), [], [], []];
  for (const item of items) {
    const raw = item.answers[run].raw;
    if (!prompts.has(item.prompt) && !replies.has(raw)) first.push(item);
    else if (!replies.has(raw)) second.push(item);
    else rest.push(item);
    prompts.add(item.prompt);
    replies.add(raw);
  }
  return [...first, ...second, ...rest];
}

// A run's answers by what is wrong with them, its best and worst, and those that runs differ on; one list at a time.
function gallery(board, table, run, found) {
  const sign = found.lower ? 1 : -1;
  const ranked = [...found.items].sort((a, b) => sign * (a.values[run.name] - b.values[run.name]));
  const lists = Object.entries(found.faults).map(([kind, name]) => [name, ranked.filter((item) => item.answers[run.name].faults.includes(kind)).reverse()]);
  lists.push(["best", ranked], ["worst", [...ranked].reverse()], ["most contested", found.items.filter((item) => item.spread > 0).sort((a, b) => b.spread - a.spread)]);
  const known = lists.filter(([, items]) => items.length);
  const list = el("ul", { class: "answers" });
  const more = el("button", { type: "button", class: "more-items" }, "Show more");
  let [shown, items] = [6, []];
  const draw = () => {
    list.replaceChildren(...items.slice(0, shown).map((item) => answerCard(board, table, item, [run.name], dict([]), found)));
    more.hidden = shown >= items.length;
  };
  more.addEventListener("click", () => { shown += 12; draw(); });
  const buttons = known.map(([name, all]) => {
    const ends = ["best", "worst"].includes(name);
    const button = el("button", { type: "button", "aria-pressed": "false" }, ends ? name : `${name} ${all.length}`);
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", other === button);
      [shown, items] = [6, diverse(all, run.name)];
      draw();
    });
    return button;
  });
  const part = el("section", { class: "gallery", "aria-label": `${words(table.task)} answers` }, el("h2", {}, `${words(table.task)}: answers`),
    el("p", { class: "soft" }, `Of ${found.items.length} items that the page holds, by ${found.label}. Marked in replies: what was read. On the images: gold filled, prediction outlined.`),
    el("div", { class: "tools kinds", role: "group", "aria-label": "Which answers" }, ...buttons), list, more);
  buttons[0]?.click();
  return [part];
}

function itemView(board, table, item, found, chosen) {
  const own = table.rows.filter((row) => row.run in item.answers);
  const models = dict(own.map((row) => [row.run, row.model]));
  const runs = chosen.filter((run) => run in item.answers);
  if (!runs.length) runs.push(own[0].run);
  const pick = (label, place) => {
    const list = el("select", { "aria-label": label }, place ? el("option", { value: "" }, "no second model") : null, ...own.map((row) => el("option", { value: row.run }, row.model)));
    list.value = runs[place] ?? "";
    list.addEventListener("change", () => {
      const wanted = runs.slice();
      wanted[place] = list.value;
      location.hash = `#/item/${[board.name, table.id, item.id, ...wanted.filter(Boolean)].map(encodeURIComponent).join("/")}`;
    });
    return list;
  };
  const boxes = runs.map((run) => pictureBox(board, item, [run], false)).filter(Boolean);
  const layer = (name, label) => {
    const check = el("input", { type: "checkbox", "data-layer": name });
    check.checked = true;
    check.addEventListener("change", () => { for (const box of boxes) box.classList.toggle(`no-${name}`, !check.checked); });
    return el("label", {}, check, ` ${label}`);
  };
  const report = board.reports?.[table.dataset_sha256];
  const toReport = report ? el("a", { href: `${report}#${encodeURIComponent(item.pair)}` }, "The pair in the report") : null;
  return [el("h1", {}, words(table.task)), el("p", { class: "lede" }, `${item.id}; ${item.changed === null ? "change not known" : item.changed ? "changed" : "unchanged"} pair. `, toReport),
    el("div", { class: "tools" }, "Models ", pick("First model", 0), pick("Second model", 1), ...(boxes.length ? [layer("gold", "gold (filled)"), layer("predicted", "prediction (outlined)")] : [])),
    boxes.length ? null : el("p", { class: "soft" }, "No pictures: the dataset was not given when the site was built."),
    el("div", { class: "panel" }, el("p", { class: "q" }, item.prompt), item.references.length ? el("p", { class: "soft" }, `Accepted: ${item.references.join(" | ")}`) : null,
      el("div", { class: runs.length > 1 ? "two" : "" }, ...runs.map((run, number) => answerSide(item, run, models[run], found, boxes[number] ?? true))))].filter(Boolean);
}
