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

// The front page: benchmarks with their best score, searched by their words, tasks and models.
const asked = { words: "", task: "" };
function boardCard(board) {
  const own = ["reproduced", "rescored", "unpinned"].filter((kind) => board.rows[kind]).map((kind) => tag(`${board.rows[kind]} ${kind}`, kind, STATUS[kind]));
  const { best } = board;
  const score = best === null ? el("p", { class: "best soft" }, "Listed, not ranked: the protocol of the printed rows is not known.")
    : el("div", { class: "best" }, el("p", {}, el("strong", {}, best.value.toFixed(4)), ` ${best.figure}, ${words(best.task)}`, el("span", { class: "by" }, `${best.model}${best.year ? `, ${best.year}` : ""}`)),
      best.trend.length > 1 ? el("div", {}, trendLine(best.trend, best.figure), el("span", { class: "years" }, `${best.trend[0][0]}–${best.trend.at(-1)[0]}`)) : null);
  return el("li", { class: "card" }, el("h2", {}, link(board.title, "board", board.name)), el("p", { class: "about" }, board.description), score,
    el("p", { class: "foot" }, ...board.tasks.map((task) => tag(words(task), "task")), ...own, board.rows.reported ? tag(`${board.rows.reported} reported`, "", STATUS.reported) : null));
}

function home() {
  const { boards } = taken("index");
  const known = boards.map((board) => ({ board, text: [board.title, board.name, board.description, ...board.tasks.map(words), ...board.models].join("\n").toLowerCase() }));
  const cards = el("ul", { class: "cards" });
  const told = el("span", { role: "status" });
  const search = el("input", { type: "search", placeholder: "benchmark, task or model", "aria-label": "Search benchmarks" });
  search.value = asked.words;
  const tasks = [...new Set(boards.flatMap((board) => board.tasks))].sort();
  const task = el("select", { "aria-label": "Task" }, el("option", { value: "" }, "all tasks"), ...tasks.map((name) => el("option", { value: name }, words(name))));
  task.value = asked.task;
  const draw = () => {
    Object.assign(asked, { words: search.value, task: task.value });
    const wanted = asked.words.trim().toLowerCase();
    const fitting = known.filter(({ board, text }) => (!asked.task || board.tasks.includes(asked.task)) && text.includes(wanted));
    // Benchmarks with runs that were scored here come first, then those with more rows.
    const weight = ({ rows }) => [rows.reproduced + rows.rescored + rows.unpinned, rows.reported];
    fitting.sort((a, b) => weight(b.board)[0] - weight(a.board)[0] || weight(b.board)[1] - weight(a.board)[1]);
    cards.replaceChildren(...fitting.map(({ board }) => boardCard(board)));
    told.textContent = `${fitting.length} of ${boards.length} benchmarks`;
  };
  for (const field of [search, task]) field.addEventListener("input", draw);
  draw();
  return [el("h1", {}, "Leaderboards of change analysis"),
    el("p", { class: "lede" }, "Figures of one table share data, split and protocol; rows whose protocol is not known are listed and not ranked. Every row says where it comes from: reported in a paper, rescored from predictions, or reproduced by running the model. A card has the best score of its largest ranked table; its line is the best by year of the paper that prints it."),
    el("div", { class: "tools", role: "search" }, search, task, told), cards];
}

async function boardView(name) {
  const board = await loadBoard(name);
  const parts = [el("h1", {}, board.title), el("p", { class: "lede" }, board.description)];
  parts.push(facts([["Home", outside(board.homepage)], ["Cite", board.citation], ["License", board.license],
    ["Sources", board.bibtex && el("a", { href: board.bibtex, download: "" }, "BibTeX")]]));
  const tables = el("div");
  const draw = () => tables.replaceChildren(...tableBlocks(board));
  const countOf = (kind) => board.tables.reduce((sum, table) => sum + (table.statuses ? table.statuses[kind] ?? 0 : table.rows.filter((row) => row.status === kind).length), 0);
  const kinds = Object.keys(shownKinds).filter(countOf).map((kind) => {
    const box = el("input", { type: "checkbox" });
    box.checked = shownKinds[kind];
    box.addEventListener("change", () => { shownKinds[kind] = box.checked; draw(); });
    return el("label", { title: STATUS[kind] }, box, ` ${kind} (${countOf(kind).toLocaleString("en")})`);
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
    blocks.push(tableSection(board, table, shownKinds), chartPanel(table, blocks.length < 2), ...evidenceBlocks(board, table));
  }
  return blocks;
}

const MOST_OWN = 100;
function evidenceBlocks(board, table) {
  // Charts and lists of more runs than these tell nothing; they are those of the best.
  const own = table.rows.filter((row) => row.run).slice(0, MOST_OWN);
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
