"use strict";
// The page of a folder: an index of all pairs in memory, everything else read when it is looked at.
// index: names, and by pair a number for its split, change (0, 1, 2 unknown), tasks (one bit a task), counts by class.
const PER_PAGE = 12;
const LETTERS = 1000; // pairs of one file of texts
const state = { page: 0, found: [], texts: new Map(), search: 0 };
const index = () => kept.get("index");

const kept = new Map();
function load(file, key) {
  if (window.RSICA?.[key]) return Promise.resolve(taken(key));
  return new Promise((resolve, reject) => {
    const script = make("script", undefined, { src: file });
    script.addEventListener("load", () => { script.remove(); resolve(taken(key)); });
    script.addEventListener("error", () => { script.remove(); reject(new Error(`${file} cannot be read`)); });
    document.head.append(script);
  });
}
function taken(key) {
  if (!kept.has(key)) kept.set(key, plain(window.RSICA[key]));
  return kept.get(key);
}
const fileOf = (number) => `data/pairs/${String(Math.floor(number / 1000)).padStart(4, "0")}/${String(number).padStart(7, "0")}.js`;
async function pairOf(number) {
  const pair = await load(fileOf(number), `pair:${number}`);
  kept.delete(`pair:${number}`); // images of pairs that were looked at would fill the memory
  delete window.RSICA[`pair:${number}`];
  return pair;
}
const textsOf = (part) => load(`data/texts/${String(part).padStart(4, "0")}.js`, `texts:${part}`);

function fitsIndex(number) {
  const [split, changed, task] = ["split", "changed", "task"].map((id) => find(id).value);
  const { splits, tasks, split: of, changed: flag, bits, counts, classes } = index();
  return (!split || splits[of[number]] === split) && (!changed || flag[number] === (changed === "yes" ? 1 : 0)) &&
    (!task || (bits[number] >> tasks.indexOf(task)) & 1) && fitsClassAndCount(counts[number], classes);
}

// Who listens to the page, a screen reader for one, hears when it is at work and when what it shows is what was asked for.
const busy = (working) => find("pairs").setAttribute("aria-busy", working);

async function refresh() {
  busy(true);
  const turn = ++state.search;
  const wanted = find("search").value.trim().toLowerCase();
  const total = index().names.length;
  let found = [];
  for (let number = 0; number < total; number += 1) if (fitsIndex(number)) found.push(number);
  if (wanted) found = await withText(found, wanted, turn);
  if (turn !== state.search) return false; // a newer question stands: what was found for this one is not shown
  state.found = found;
  find("found").textContent = `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")} pairs`;
  return true;
}

// Names are known; texts come a file at a time, and the page says how far it is.
async function withText(found, wanted, turn) {
  const kept = [];
  let texts = null, part = -1;
  for (const number of found) {
    const wants = Math.floor(number / LETTERS);
    if (wants !== part) {
      part = wants;
      texts = await textsOf(part);
      if (turn !== state.search) return [];
      find("found").textContent = `searching: ${Math.round((100 * number) / index().names.length)} %`;
    }
    if (index().names[number].toLowerCase().includes(wanted) || texts[number % LETTERS].includes(wanted)) kept.push(number);
  }
  return kept;
}

async function draw() {
  const turn = state.search;
  const pages = Math.max(1, Math.ceil(state.found.length / PER_PAGE));
  state.page = Math.min(Math.max(0, state.page), pages - 1);
  const numbers = state.found.slice(state.page * PER_PAGE, (state.page + 1) * PER_PAGE);
  const [main, task, page] = [find("pairs"), find("task").value, state.page];
  busy(true);
  writePages(pages);
  const pairs = await Promise.all(numbers.map((number) => pairOf(number).catch((error) => ({ error, number }))));
  if (turn !== state.search || page !== state.page) return;
  drawn.clear();
  main.replaceChildren(...pairs.map((pair) => (pair.error ? make("p", `${index().names[pair.number]}: ${pair.error.message}`) : card(pair))));
  for (const node of main.querySelectorAll("article")) showTask(node, task);
  layers();
  busy(false);
}

function writePages(pages) {
  const nav = find("pages");
  nav.hidden = pages < 2;
  const go = (label, page, off) => {
    const button = make("button", label, { type: "button" });
    button.disabled = off;
    button.addEventListener("click", () => { state.page = page; write(); draw().then(() => find("pairs").scrollIntoView()); });
    return button;
  };
  const field = make("input", undefined, { type: "number", min: 1, max: pages, value: state.page + 1, "aria-label": `Page of ${pages}` });
  field.addEventListener("change", () => { state.page = Number(field.value) - 1 || 0; write(); draw(); });
  nav.replaceChildren(go("Previous", state.page - 1, state.page === 0), make("span", "page "), field, make("span", `of ${pages.toLocaleString("en")}`), go("Next", state.page + 1, state.page >= pages - 1));
}

// The address says what is looked at: #PAIR, #PAIR#TASK#N of a row, or #?task=counting&page=3.
function write() {
  const words = new URLSearchParams();
  for (const id of FILTERS) if (find(id).value) words.set(id, find(id).value);
  if (state.page) words.set("page", state.page + 1);
  history.replaceState(null, "", words.size ? `#?${words}` : "#");
}
async function read() {
  const address = location.hash.slice(1);
  const words = new URLSearchParams(address.startsWith("?") ? address.slice(1) : "");
  for (const id of FILTERS) find(id).value = words.get(id) ?? "";
  if (!(await refresh())) return;
  const name = address && !address.startsWith("?") ? decodeURIComponent(address) : null;
  const pair = name === null ? null : name.split("#")[0];
  const place = pair === null ? -1 : state.found.findIndex((number) => index().names[number] === pair);
  state.page = place >= 0 ? Math.floor(place / PER_PAGE) : Number(words.get("page") ?? 1) - 1;
  await draw();
  if (name === null) return;
  document.getElementById(pair)?.focus();
  document.getElementById(name)?.scrollIntoView();
}

// From the last pair of a page the next one is on the next page.
turnPage = (step) => {
  const pages = Math.ceil(state.found.length / PER_PAGE);
  if (!(state.page + step in [...Array(pages).keys()])) return false;
  state.page += step;
  write();
  draw().then(() => stepPair(step > 0 ? 1 : shownPairs().length));
  return true;
};

head = taken("head");
writeHead(head.pairs);
setMode("swipe");
recall();
find("found").textContent = "reading the index";
busy(true);
let waiting = 0;
for (const id of FILTERS) find(id).addEventListener("input", () => {
  busy(true);
  state.search += 1; // what is under way for the question before is out of date from now on
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    state.page = 0;
    if (!(await refresh())) return;
    write();
    await draw();
  }, id === "search" ? 250 : 0);
});
window.addEventListener("hashchange", read);
// The index may be megabytes: the head is painted before it is read.
const start = () => load("data/index.js", "index").then(read).catch((error) => {
  find("found").textContent = error.message;
  busy(false);
});
requestAnimationFrame(() => setTimeout(start, 0));
