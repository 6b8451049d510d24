"use strict";
// Addresses: #/, #/board/NAME, #/board/NAME/TABLE, #/run/BOARD/RUN, #/compare/BOARD/TABLE/RUN/RUN,
// #/item/BOARD/TABLE/ITEM/RUN or /RUN/RUN.
const main = document.getElementById("main");
const shownKinds = plain({ reported: true, rescored: true, reproduced: true, unpinned: true });
const kept = new Map();
function taken(key) {
  if (!kept.has(key)) kept.set(key, plain(window.RSICA[key]));
  return kept.get(key);
}

function load(key, file) {
  if (window.RSICA?.[key]) return Promise.resolve(taken(key));
  return new Promise((resolve, reject) => {
    const script = el("script", { src: `data/${file.split("/").map(encodeURIComponent).join("/")}.js` });
    script.addEventListener("load", () => resolve(taken(key)));
    script.addEventListener("error", () => reject(new Error(`data/${file}.js cannot be read`)));
    document.head.append(script);
  });
}
const loadBoard = (name) => load(`board:${name}`, name);
const loadExamples = (name) => load(`examples:${name}`, `${name}.examples`);

function home() {
  const { boards } = taken("index");
  const cards = boards.map((board) => {
    const counts = Object.entries(board.rows).filter(([, number]) => number).map(([kind, number]) => `${number} ${kind}`);
    return el("li", { class: "card" }, link(board.title, "board", board.name), el("p", {}, board.description),
      el("p", {}, `${board.tasks.map(words).join(", ")}. ${counts.join(", ")}.`));
  });
  return [el("h1", {}, "Leaderboards of change analysis"),
    el("p", { class: "lede" }, "Figures of one table share data, split and protocol; rows whose protocol is not known are listed and not ranked. Every row says where it comes from: reported in a paper, rescored from predictions, or reproduced by running the model."),
    el("ul", { class: "cards" }, ...cards)];
}

async function boardView(name) {
  const board = await loadBoard(name);
  const parts = [el("h1", {}, board.title), el("p", { class: "lede" }, board.description)];
  parts.push(facts([["Home", outside(board.homepage)], ["Cite", board.citation], ["License", board.license],
    ["Sources", board.bibtex && el("a", { href: board.bibtex, download: "" }, "BibTeX")]]));
  const tables = el("div");
  const draw = () => tables.replaceChildren(...tableBlocks(board));
  const kinds = Object.keys(shownKinds).map((kind) => {
    const box = el("input", { type: "checkbox" });
    box.checked = shownKinds[kind];
    box.addEventListener("change", () => { shownKinds[kind] = box.checked; draw(); });
    return el("label", { title: STATUS[kind] }, box, ` ${kind}`);
  });
  parts.push(el("div", { class: "tools", role: "group", "aria-label": "Kinds of rows" }, "Show", ...kinds), tables);
  draw();
  return parts;
}

function tableBlocks(board) {
  const blocks = [];
  let task = null;
  for (const table of board.tables) {
    if (table.task !== task) blocks.push(el("h2", {}, words(table.task)));
    task = table.task;
    blocks.push(tableSection(board, table, shownKinds), ...evidenceBlocks(board, table));
  }
  return blocks;
}

function evidenceBlocks(board, table) {
  const own = table.rows.filter((row) => row.run);
  const blocks = [];
  const { lead } = table;
  for (const [key, label] of [["cost_usd", "cost (USD)"], ["hours", "hours"], ["parameters_b", "parameters (billions)"]]) {
    const points = own.filter((row) => typeof row[key] === "number" && lead in row.values).map((row) => ({ name: row.model, x: row[key], y: row.values[lead] }));
    if (points.length > 1) blocks.push(el("details", { class: "panel" }, el("summary", {}, `${lead} against ${label}`), paretoChart(points, label, lead, table.lower.includes(lead))));
  }
  const told = own.filter((row) => row.strata);
  if (told.length) {
    const charts = Object.keys(told[0].strata).map((stratum) => {
      const parts = Object.keys(told[0].strata[stratum]);
      return strataChart(`${lead} by ${stratum}`, parts, told.map((row) => ({ name: row.model, values: dict(parts.map((part) => [part, row.strata[stratum]?.[part]?.metrics[lead]])) })));
    });
    if (charts.length) blocks.push(el("details", { class: "panel" }, el("summary", {}, `${words(table.task)} by stratum`), legend(told.map((row) => row.model)), ...charts));
  }
  if (table.pairs && own.length > 1) blocks.push(comparePicker(board, table, own));
  return blocks;
}

function comparePicker(board, table, own) {
  const choose = (label, chosen) => {
    const list = el("select", { "aria-label": label }, ...own.map((row) => el("option", { value: row.run }, row.model)));
    list.selectedIndex = chosen;
    return list;
  };
  const [first, second] = [choose("First model", 0), choose("Second model", 1)];
  const go = el("button", { type: "button" }, "Compare");
  go.addEventListener("click", () => { location.hash = `#/compare/${[board.name, table.id, first.value, second.value].map(encodeURIComponent).join("/")}`; });
  return el("div", { class: "tools" }, "Compare", first, "with", second, go);
}

async function view([kind, ...rest]) {
  if (!kind) return { parts: home(), path: [], title: "" };
  if (kind === "board") {
    const parts = await boardView(rest[0]);
    const board = await loadBoard(rest[0]);
    return { parts, path: [[board.title, "board", rest[0]]], title: board.title, target: rest[1] };
  }
  const board = await loadBoard(rest[0]);
  const above = [board.title, "board", board.name];
  if (kind === "run") {
    const run = board.runs.find((one) => one.name === rest[1]);
    if (!run) throw new Error(`no run ${rest[1]}`);
    return { parts: runView(board, run, await loadExamples(board.name)), path: [above, [run.model, "run", ...rest]], title: run.model };
  }
  const table = board.tables.find((one) => one.id === rest[1]);
  if (kind === "item" && table) {
    const examples = (await loadExamples(board.name))[table.id];
    const item = examples?.items.find((one) => one.id === rest[2]);
    if (!item) throw new Error("no such item");
    return { parts: itemView(board, table, item, examples, rest.slice(3)), path: [above, [words(table.task), "board", board.name, table.id], ["item", "item", ...rest]], title: item.id };
  }
  if (kind !== "compare" || !table?.pairs) throw new Error("no such page");
  const examples = await loadExamples(board.name);
  return { parts: compareView(board, table, rest[2], rest[3], examples[table.id]), path: [above, ["comparison", "compare", ...rest]], title: "Comparison" };
}

async function show() {
  const address = location.hash;
  const words_ = address.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  if (address && !address.startsWith("#/")) return;
  try {
    const { parts, path, title, target } = await view(words_);
    if (address !== location.hash) return;
    main.replaceChildren(...parts);
    document.getElementById("path").replaceChildren(...path.map((one) => el("li", {}, link(...one))));
    document.title = title ? `${title} · RSICA leaderboards` : "RSICA leaderboards";
    const place = target && document.getElementById(target);
    if (place) place.scrollIntoView();
    else window.scrollTo(0, 0);
  } catch (error) {
    main.replaceChildren(el("h1", {}, "No such page"), el("p", {}, `${error.message}. `, link("All boards")));
  }
}
document.getElementById("foot").textContent = `rsica ${taken("index").version}. Trust of reported rows: A own table of the authors, B printed by others, C transcription not checked.`;
window.addEventListener("hashchange", () => { show().then(() => main.focus({ preventScroll: true })); });
show();
