"use strict";
// The page of a sample: every pair is in the file.
const data = plain(JSON.parse(document.getElementById("data").textContent));
head = data.head;
writeHead(data.pairs.length);
const cards = data.pairs.map((pair) => ({ node: card(pair), pair, text: textOf(pair) }));
find("pairs").append(...cards.map((entry) => entry.node));

function filter() {
  const [split, changed, task, words] = ["split", "changed", "task", "search"].map((id) => find(id).value);
  const wanted = words.trim().toLowerCase();
  let number = 0;
  for (const { node, pair, text } of cards) {
    const fits = (!split || pair.split === split) && (!changed || pair.changed === (changed === "yes")) &&
      fitsClassAndCount(pair.classes.map((entry) => entry.count), pair.classes.map((entry) => entry.name)) &&
      (!wanted || text.includes(wanted)) && (!task || pair.asked.some((item) => item.task === task));
    node.hidden = !fits;
    node.style.display = fits ? "" : "none";
    number += fits;
    showTask(node, task);
  }
  find("found").textContent = `${number} of ${cards.length} pairs`;
}
for (const id of FILTERS) find(id).addEventListener("input", filter);
filter();
setMode("swipe");
recall();
