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
const tables = plain(JSON.parse(document.getElementById("data").textContent));
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

// A name of a column may go on in the next line after "/", "_" and a space, and nowhere else: a long one is not so wide then.
const breakable = (text) => text.split(/(?<=[/_ ])/).flatMap((part) => [make("span", part, { class: "part" }), make("wbr")]);

// A line that says so where a table is wider than its place; nothing else shows it where scroll bars are hidden.
function tellWidth(section, scroll, grid) {
  const more = make("p", "Scroll the table sideways for more columns →", { class: "more" });
  more.hidden = true;
  scroll.before(more);
  const look = () => {
    more.hidden = scroll.scrollWidth <= scroll.clientWidth;
    section.classList.toggle("wide", !more.hidden);
  };
  const watch = new ResizeObserver(look);
  watch.observe(scroll);
  watch.observe(grid);
}

function show(table, number) {
  const section = make("section", undefined, { id: `t${number}` });
  section.append(make("h2", `${table.task.replace("_", " ")} on ${table.dataset}`));
  section.append(make("p", `split ${table.split}; protocol ${table.protocol}; data ${table.dataset_sha256.slice(0, 16)}`));
  const scroll = make("div", undefined, { class: "scroll", tabindex: "0", role: "region", "aria-label": `${table.task} scores` });
  const grid = make("table");
  scroll.append(grid);
  section.append(scroll);
  tellWidth(section, scroll, grid);
  const columns = ["model", "status", "items", ...table.columns];
  let sorted = { column: table.lead || "model", down: table.lead !== "" && !table.lower.includes(table.lead) };

  const value = (row, column) => (table.columns.includes(column) ? row.values[column] : row[column]);
  const draw = () => {
    const rows = [...table.rows].sort((a, b) => {
      if (a.privileged !== b.privileged) return a.privileged ? 1 : -1;
      if (table.columns.includes(sorted.column) && Boolean(a.unranked) !== Boolean(b.unranked)) return a.unranked ? 1 : -1;
      const [x, y] = [value(a, sorted.column), value(b, sorted.column)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return (x < y ? -1 : x > y ? 1 : 0) * (sorted.down ? -1 : 1);
    });
    grid.replaceChildren(head(), body(rows.slice(0, most)));
    more.hidden = rows.length <= most;
    more.textContent = `Show ${Math.min(400, rows.length - most).toLocaleString("en")} more of ${rows.length.toLocaleString("en")} rows`;
  };
  // Tables of very many rows begin with the first of them: all at once would take a browser minutes.
  let most = 100;
  const more = make("button", "", { type: "button", class: "more-rows" });
  more.addEventListener("click", () => { most += 400; draw(); });
  section.append(more);
  const head = () => {
    const line = make("tr");
    for (const column of columns) {
      const cell = make("th", undefined, { scope: "col" });
      const arrow = table.columns.includes(column) ? (table.lower.includes(column) ? "\u00a0↓" : "\u00a0↑") : "";
      const button = make("button", undefined, { type: "button" });
      button.append(...breakable((table.labels[column] ?? column) + arrow));
      if (table.about[column]) button.title = `${table.about[column]} (${column})`;
      if (column === sorted.column) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      button.addEventListener("click", () => {
        const down = column === sorted.column ? !sorted.down : table.columns.includes(column) && !table.lower.includes(column);
        sorted = { column, down };
        draw();
        grid.querySelectorAll("th button")[columns.indexOf(column)].focus();
      });
      cell.append(button);
      line.append(cell);
    }
    const part = make("thead");
    part.append(line);
    return part;
  };
  const best = dict(table.columns.map((column) => {
    const found = table.rows.filter((row) => !row.privileged && !row.unranked && column in row.values).map((row) => row.values[column]);
    const better = table.lower.includes(column) ? (a, b) => (a < b ? a : b) : (a, b) => (a > b ? a : b);
    return [column, found.length > 1 ? found.reduce(better) : null];
  }));
  const body = (rows) => {
    const part = make("tbody");
    let apart = false;
    for (const row of rows) {
      if (row.privileged && !apart) {
        apart = true;
        const head = make("tr", undefined, { class: "apart" });
        head.append(make("th", "Privileged: may read the answers, so bounds and not rivals", { colspan: columns.length, scope: "rowgroup" }));
        part.append(head);
      }
      const line = make("tr");
      const name = make("td", row.model);
      if (row.privileged) name.append(make("span", "privileged", { class: "tag gold" }));
      if (row.unranked) name.append(" ", make("span", "no rank", { class: "tag", title: row.unranked }));
      const status = make("td");
      status.append(make("span", row.status, { class: "tag" }));
      line.append(name, status, make("td", row.items.toLocaleString("en")));
      for (const column of table.columns) {
        const figure = row.values[column];
        const cell = make("td", figure === undefined ? "–" : figure.toFixed(4));
        if (!row.privileged && !row.unranked && figure !== undefined && figure === best[column]) cell.className = "best";
        line.append(cell);
      }
      part.append(line);
    }
    return part;
  };
  draw();
  return section;
}

const list = document.getElementById("tables");
const nav = document.getElementById("tasks");
tables.forEach((table, number) => {
  list.append(show(table, number));
  nav.append(make("a", `${table.task.replace("_", " ")} · ${table.dataset} · ${table.protocol}`, { href: `#t${number}` }));
});
