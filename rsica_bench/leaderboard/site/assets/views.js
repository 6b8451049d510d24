"use strict";
// What a page shows: building blocks, tables, runs, comparisons.
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
const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const words = (name) => name.replaceAll("_", " ");
const figure = (value) => (value === undefined ? "–" : value.toFixed(4));
const link = (text, ...path) => el("a", { href: "#/" + path.map(encodeURIComponent).join("/") }, text);
// A link where it is one to the web, else its text: "javascript:" and "data:" would run here.
const outside = (address) => (/^https?:\/\//.test(address ?? "") ? el("a", { href: address, rel: "noopener" }, address) : address);
const tag = (text, kind = "", title) => el("span", { class: `tag ${kind}`.trim(), title }, text);
const STATUS = plain({
  reported: "printed in a paper; not checked by us",
  rescored: "predictions of others, scored by us",
  reproduced: "run and scored by us",
  unpinned: "run and scored by us, of a model that does not state its revision",
});

// A name of a column may go on in the next line after "/", "_" and a space, and nowhere else: a long one is not so wide then.
const breakable = (text) => text.split(/(?<=[/_ ])/).flatMap((part) => [el("span", { class: "part" }, part), el("wbr")]);

// A line that says so where a table is wider than its place; nothing else shows it where scroll bars are hidden.
function tellWidth(section, scroll, grid) {
  const more = el("p", { class: "more", hidden: "" }, "Scroll the table sideways for more columns →");
  scroll.before(more);
  const look = () => {
    more.hidden = scroll.scrollWidth <= scroll.clientWidth;
    section.classList.toggle("wide", !more.hidden);
  };
  const watch = new ResizeObserver(look);
  watch.observe(scroll);
  watch.observe(grid);
}

function tableSection(board, table, shown) {
  const section = el("section", { class: "table", id: table.id, "aria-label": `${words(table.task)}, ${table.split}, ${table.protocol}` });
  const about = [`split ${table.split}`, `protocol ${table.protocol}`];
  if (!table.lead) about.push("listed, not ranked: of these rows the protocol is not known");
  if (table.dataset) about.push(`data ${table.dataset} ${table.dataset_sha256.slice(0, 12)}`);
  const names = plain({ csv: "CSV", json: "JSON", tex: "LaTeX" });
  const files = el("p", { class: "files" }, ...Object.entries(table.files).map(([kind, path]) => el("a", { href: path, download: "" }, names[kind])));
  section.append(el("div", { class: "head" }, el("h3", {}, words(table.task)), el("p", {}, about.join("; ")), files));
  const grid = el("table");
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${words(table.task)} scores` }, grid);
  section.append(scroll);
  tellWidth(section, scroll, grid);
  const state = { most: FIRST_ROWS, column: table.lead || "model", down: table.lead !== "" && !table.lower.includes(table.lead) };
  const more = el("button", { type: "button", class: "more-items" });
  const filter = el("input", { type: "search", placeholder: "model or source", "aria-label": `Rows of ${words(table.task)}` });
  const first = { ...state };
  // The rows that come with a board are enough for its first view; another order, a search or more of them need all.
  const needsAll = () => table.parts && (filter.value.trim() || state.column !== first.column || state.down !== first.down
    || state.most > table.rows.length || Object.values(shown).includes(false));
  const draw = () => {
    if (needsAll()) {
      more.textContent = "Reading the other rows";
      readRows(board, table).then(draw);
      return;
    }
    const rows = rowsOf(table, state, shown, filter.value.trim().toLowerCase());
    const total = table.parts ? table.total : rows.length;
    grid.replaceChildren(tableHead(table, state, draw), ...tableBodies(board, table, rows, state));
    more.hidden = total <= state.most;
    more.textContent = `Show ${Math.min(MORE_ROWS, total - state.most).toLocaleString("en")} more of ${total.toLocaleString("en")} rows`;
  };
  more.addEventListener("click", () => { state.most += MORE_ROWS; draw(); });
  filter.addEventListener("input", () => { state.most = FIRST_ROWS; draw(); });
  if (table.rows.length > FIRST_ROWS) scroll.before(el("div", { class: "tools inside" }, filter));
  section.append(el("div", { class: "inside" }, more, ...notes(table)));
  draw();
  return section;
}

// Tables of very many rows begin with the first of them: all at once would take a browser minutes.
const FIRST_ROWS = 100, MORE_ROWS = 400;
async function readRows(board, table) {
  const parts = table.parts;
  delete table.parts;
  for (const key of parts) table.rows.push(...await load(`rows:${board.name}:${key}`, `${board.name}.rows/${key}`));
}
const labelOf = (table, column) => table.labels?.[column] ?? column;

// What the signs of a table mean, and what its figures are.
function notes(table) {
  const told = [];
  if (table.rows.some((row) => row.letters)) told.push("Letters behind the leading figure: rows that share a letter do not differ significantly (approximate randomisation over pairs, Holm, .05).");
  if (table.rows.some((row) => Object.keys(row.interval_approximate ?? {}).length)) told.push("≈ an interval of fewer pairs than it needs to hold.");
  if (table.rows.some((row) => row.unranked)) told.push("No rank: the row says why.");
  if (table.rows.some((row) => row.trust)) told.push("A own table of the authors, B printed by others, C transcription not checked.");
  if (table.lead) told.push("Shaded: the best of the ranked rows that are shown.");
  const known = table.columns.filter((column) => table.about?.[column]);
  const list = el("dl", {}, ...known.flatMap((column) => [el("dt", {}, labelOf(table, column)), el("dd", {}, aboutFigure(table, column))]));
  return [told.length ? el("p", { class: "soft signs" }, told.join(" ")) : null, known.length ? el("details", { class: "definitions" }, el("summary", {}, "What the figures are"), list) : null].filter(Boolean);
}
function aboutFigure(table, column) {
  const one = table.about?.[column];
  if (!one) return column;
  const averaging = one.averaging === "-" ? "" : `. Averaging: ${one.averaging}`;
  return `${one.formula}${averaging}. Source: ${one.source}. ${table.lower.includes(column) ? "Less" : "More"} is better (${column}).`;
}

// The scores of a table as dots with their intervals, of any of its figures; drawn when it is opened.
const CHARTED = 30;
function chartPanel(table, open) {
  const panel = el("details", { class: "panel chart" }, el("summary", {}, `Chart: ${words(table.task)}, ${table.split}, ${table.protocol}`));
  const choice = el("select", { "aria-label": "Figure of the chart" }, ...table.columns.map((column) => el("option", { value: column }, labelOf(table, column))));
  choice.value = table.lead || table.columns[0];
  const place = el("div");
  const draw = () => {
    const column = choice.value;
    const scored = table.rows.filter((row) => column in row.values);
    const sign = table.lower.includes(column) ? 1 : -1;
    const kindOf = (row) => (row.privileged ? "privileged" : row.run ? "own" : "reported");
    // A table whose protocol is not known is drawn as it is listed: no order of its rows would mean anything.
    const sorted = table.lead ? [...scored].sort((a, b) => Number(a.privileged) - Number(b.privileged) || sign * (a.values[column] - b.values[column])) : scored;
    const own = sorted.filter((row) => row.run);
    const chosen = sorted.length > CHARTED ? [...new Set([...own.slice(0, CHARTED / 2), ...sorted])].slice(0, CHARTED) : sorted;
    const rows = sorted.filter((row) => chosen.includes(row)).map((row) => ({ name: row.model, value: row.values[column], limits: row.intervals?.[column], kind: kindOf(row) }));
    const key = [...new Set(rows.map((row) => row.kind))].map((kind) => el("span", { class: "key" }, svgDot(KIND_COLOURS[kind]), { own: "scored here", reported: "reported", privileged: "privileged" }[kind]));
    const left = (table.total ?? scored.length) - rows.length;
    place.replaceChildren(...(rows.length ? [scoreChart(rows, labelOf(table, column), sign > 0)] : []), el("p", { class: "soft" }, ...key, left > 0 ? ` ${left.toLocaleString("en")} more rows are in the table.` : ""));
  };
  choice.addEventListener("change", draw);
  panel.append(el("div", { class: "tools" }, choice), place);
  panel.addEventListener("toggle", () => { if (panel.open && !place.childElementCount) draw(); });
  panel.open = open;
  return panel;
}
function svgDot(colour) {
  const mark = svgNode("svg", { viewBox: "0 0 12 12", class: "mark", "aria-hidden": "true" });
  mark.append(svgNode("circle", { cx: 6, cy: 6, r: 5, fill: colour }));
  return mark;
}

function tableHead(table, state, draw) {
  const line = el("tr");
  for (const column of ["model", "status", ...table.columns]) {
    const counts = table.columns.includes(column);
    const arrow = counts ? (table.lower.includes(column) ? "\u00a0↓" : "\u00a0↑") : "";
    const button = el("button", { type: "button", "data-column": column }, ...breakable((counts ? labelOf(table, column) : column) + arrow));
    if (counts) button.title = aboutFigure(table, column);
    const cell = el("th", { scope: "col", class: counts ? undefined : "text" }, button);
    if (state.column === column) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    button.addEventListener("click", () => {
      const down = state.column === column ? !state.down : counts && !table.lower.includes(column);
      const grid = cell.closest("table");
      Object.assign(state, { column, down });
      draw();
      grid.querySelector(`button[data-column="${CSS.escape(column)}"]`).focus();
    });
    line.append(cell);
  }
  return el("thead", {}, line);
}

function rowsOf(table, state, shown, wanted) {
  const value = (row) => (state.column === "model" || state.column === "status" ? row[state.column] : row.values[state.column]);
  const fits = (row) => shown[row.status] && (!wanted || `${row.model}\n${row.source ?? ""}`.toLowerCase().includes(wanted));
  return table.rows.filter(fits).sort((a, b) => {
    if (a.privileged !== b.privileged) return a.privileged ? 1 : -1;
    if (table.columns.includes(state.column) && Boolean(a.unranked) !== Boolean(b.unranked)) return a.unranked ? 1 : -1;
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return (x < y ? -1 : x > y ? 1 : 0) * (state.down ? -1 : 1);
  });
}

// Rows that may read the answers stand apart, below the others.
function tableBodies(board, table, rows, state) {
  const best = table.parts ? table.best : dict([]);
  for (const column of table.parts ? [] : table.columns) {
    let [number, top] = [0, null];
    for (const row of rows) if (table.lead && !row.privileged && !row.unranked && column in row.values) {
      const value = row.values[column];
      number += 1;
      if (top === null || (table.lower.includes(column) ? value < top : value > top)) top = value;
    }
    if (number > 1) best[column] = top;
  }
  const wide = table.columns.length + 2;
  const cut = rows.slice(0, state.most);
  const [apart, body] = [cut.filter((row) => row.privileged), el("tbody", { class: "ranked" })];
  for (const row of cut) if (!row.privileged) body.append(tableRow(board, table, row, best));
  if (!rows.length) body.append(el("tr", {}, el("td", { class: "text", colspan: wide }, "No row of the chosen kinds.")));
  if (!apart.length) return [body];
  const head = el("tr", { class: "apart" }, el("th", { class: "text", colspan: wide, scope: "rowgroup" }, "Privileged: may read the answers, so bounds and not rivals"));
  return [body, el("tbody", { class: "privileged" }, head, ...apart.map((row) => tableRow(board, table, row, best)))];
}

function tableRow(board, table, row, best) {
  const name = el("td", { class: "text model" }, row.run ? link(row.model, "run", board.name, row.run) : row.model);
  if (row.privileged) name.append(" ", tag("privileged", "gold", "may read the answers"));
  if (row.unranked) name.append(" ", tag("no rank", "unranked", row.unranked));
  if (row.source) name.append(sourceOf(row));
  const status = el("td", { class: "text" }, tag(row.status, row.status, STATUS[row.status]));
  if (row.run && row.items) status.append(el("span", { class: "ci" }, `${row.items.toLocaleString("en")} items`));
  if (row.trust) status.append(" ", tag(row.trust === "C" ? "C unchecked" : row.trust, row.trust, board.trust[row.trust]));
  const line = el("tr", {}, name, status);
  for (const column of table.columns) {
    const cell = el("td", {}, figure(row.values[column]));
    if (!row.privileged && !row.unranked && row.values[column] !== undefined && row.values[column] === best[column]) cell.className = "best";
    if (column === table.lead && row.letters) cell.append(" ", el("span", { class: "group", title: "of the best rows, those that share a letter do not differ significantly" }, row.letters));
    const limits = row.intervals?.[column];
    if (limits) cell.append(interval(limits, row.interval_approximate?.[column], 3));
    line.append(cell);
  }
  return line;
}

// An interval of fewer pairs than it needs to hold is marked, and says how many that are.
function interval(limits, least, places) {
  const ends = limits.map((end) => end.toFixed(places));
  if (!least) return el("span", { class: "ci" }, `${ends[0]} to ${ends[1]}`);
  return el("span", { class: "ci", title: `approximate: holds from ${least} pairs` }, `≈ ${ends[0]} to ${ends[1]}`);
}

function sourceOf(row) {
  const more = [row.note, row.seen && `Seen in ${row.seen}`].filter(Boolean).join(". ");
  if (!more) return el("span", { class: "from" }, row.source);
  return el("details", { class: "from" }, el("summary", {}, row.source), more);
}

function facts(pairs) {
  const list = el("dl");
  for (const [name, value] of pairs) if (value !== undefined && value !== "" && value !== null) list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}

function runView(board, run, examples) {
  const parts = [el("h1", {}, run.model), el("p", { class: "lede" }, tag(run.status, run.status), ` ${STATUS[run.status]}. ${run.note ?? ""}`)];
  parts.push(el("div", { class: "panel" }, facts([
    ["Adapter", run.adapter.model ? `${run.adapter.name} (${run.adapter.model})` : run.adapter.name],
    ["Data", `${run.dataset.name}, split ${run.split}, ${run.dataset.sha256}`],
    ["Protocol", `${run.protocol.name} v${run.protocol.version}, captions ${run.protocol.caption}, ${run.protocol.history} history`],
    ["Predictions", run.predictions_sha256], ["Scored again here", run.scored_again ? "yes, equal" : "no: its data was not given"],
    ["Date", run.date], ["Model", outside(run.url)], ["Paper", run.paper], ["Hardware", run.hardware], ["Hours", run.hours],
    ["Cost (USD)", run.cost_usd], ["Parameters (billions)", run.parameters_b],
    ["Model card", el("a", { href: run.model_index, download: "" }, "model-index for its front matter")],
  ])));
  parts.push(overview(board, run));
  for (const [task, entry] of Object.entries(run.tasks)) parts.push(taskFigures(task, entry));
  const tables = board.tables.filter((table) => table.rows.some((row) => row.run === run.name) && examples[table.id]);
  for (const table of tables) parts.push(...gallery(board, table, run, examples[table.id]));
  return parts;
}

// A row a table of the board that the run is in: its leading figure, its rank, and the best of the others as a bar.
function overview(board, run) {
  const body = el("tbody");
  for (const table of board.tables) {
    const row = table.rows.find((one) => one.run === run.name);
    const { lead } = table;
    if (!row || !lead || !(lead in row.values)) continue;
    const lower = table.lower.includes(lead);
    const ranked = table.rows.filter((one) => !one.privileged && !one.unranked && lead in one.values);
    const better = ranked.filter((one) => (lower ? one.values[lead] < row.values[lead] : one.values[lead] > row.values[lead])).length;
    const rank = row.privileged ? "privileged" : row.unranked ? "none" : `${better + 1} of ${(table.total ?? ranked.length).toLocaleString("en")}`;
    const limits = row.intervals?.[lead];
    body.append(el("tr", {}, el("td", { class: "text" }, link(words(table.task), "board", board.name, table.id)), el("td", { class: "text" }, `${labelOf(table, lead)} ${lower ? "↓" : "↑"}`),
      el("td", {}, figure(row.values[lead])), el("td", {}, limits ? interval(limits, row.interval_approximate?.[lead], 3) : ""), el("td", {}, rank), el("td", { class: "text" }, shareBar(row.values[lead], table.rows.map((one) => one.values[lead]), lower))));
  }
  const heads = ["task", "metric", "value", "interval", "rank", "between worst and best of the table"].map((name, place) => el("th", { scope: "col", class: [0, 1, 5].includes(place) ? "text" : undefined }, name));
  return el("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": "scores by task" }, el("table", { class: "overview" }, el("thead", {}, el("tr", {}, ...heads)), body));
}
function shareBar(value, all, lower) {
  let [least, most] = [value, value];
  for (const one of all) if (one !== undefined) [least, most] = [Math.min(least, one), Math.max(most, one)];
  const share = most === least ? 1 : (lower ? most - value : value - least) / (most - least);
  const svg = svgNode("svg", { viewBox: "0 0 120 10", class: "share", role: "img", "aria-label": `${Math.round(100 * share)} %` });
  svg.append(svgNode("rect", { class: "rail", width: 120, height: 10, rx: 3 }), svgNode("rect", { class: "fill", width: Math.max(2, 120 * share), height: 10, rx: 3 }));
  return svg;
}

function taskFigures(task, entry) {
  const body = el("tbody");
  for (const [name, value] of Object.entries(entry.metrics)) {
    const limits = entry.intervals?.[name];
    const shown = limits ? interval(limits, entry.interval_approximate?.[name], 4) : entry.interval_absent?.[name] ?? "";
    body.append(el("tr", {}, el("td", { class: "text" }, name), el("td", {}, figure(value)), el("td", {}, shown), el("td", { class: "text" }, entry.interval_methods?.[name] ?? "")));
  }
  const head = el("thead", {}, el("tr", {}, el("th", { class: "text", scope: "col" }, "metric"), el("th", { scope: "col" }, "value"), el("th", { scope: "col" }, "interval"), el("th", { class: "text", scope: "col" }, "method")));
  const about = `${words(task)}: ${entry.items} answers on ${entry.pairs} pairs, ${entry.unparsed} unread`;
  return el("details", { class: "panel" }, el("summary", {}, about), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${words(task)} figures` }, el("table", {}, head, body)));
}

function compareView(board, table, first, second, found) {
  const rowOf = (name) => table.rows.find((row) => row.run === name);
  const model = (name) => rowOf(name)?.model ?? name;
  const flip = !(`${first}|${second}` in table.pairs);
  const figures = table.pairs[flip ? `${second}|${first}` : `${first}|${second}`] ?? {};
  const body = el("tbody");
  for (const [name, one] of Object.entries(figures)) {
    const sign = flip ? -1 : 1;
    const limits = one.low === null ? null : [one.low * sign, one.high * sign].sort((a, b) => a - b);
    body.append(el("tr", {}, el("td", { class: "text", title: aboutFigure(table, name) }, labelOf(table, name)), el("td", {}, figure(rowOf(first)?.values[name])), el("td", {}, figure(rowOf(second)?.values[name])), el("td", {}, (one.difference * sign).toFixed(4)), el("td", {}, limits ? interval(limits, one.approximate, 4) : "none"), el("td", {}, one.p.toFixed(4)), el("td", {}, one.p_holm.toFixed(4))));
  }
  const heads = ["metric", model(first), model(second), "difference", "interval", "p", "p (Holm)"].map((name, place) => el("th", { scope: "col", class: place ? undefined : "text" }, name));
  const parts = [el("h1", {}, `${model(first)} and ${model(second)}`),
    el("p", { class: "lede" }, `${words(table.task)}; the difference is the second minus the first, on the same pairs; p by approximate randomisation, by itself and adjusted for all pairs of rows of the table (Holm).`),
    el("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": "differences" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body))];
  if (!body.children.length) parts[2] = el("p", {}, "These two rows were not compared: of a long table the best rows are each compared with each, any other with the best one and those just above it.");
  if (!found) return parts;
  const models = dict([[first, model(first)], [second, model(second)]]);
  const items = found.items.filter((item) => item.values[first] !== item.values[second])
    .sort((a, b) => Math.abs(b.values[first] - b.values[second]) - Math.abs(a.values[first] - a.values[second]));
  parts.push(el("h2", {}, items.length ? `Where they differ most, by ${found.label}` : "They differ on none of the shown questions"));
  parts.push(el("ul", { class: "answers" }, ...diverse(items, first).slice(0, 24).map((item) => answerCard(board, table, item, [first, second], models, found))));
  return parts;
}
