"use strict";
// Small charts in SVG, each with a title and a description for those who cannot see it.
const svgNode = (tag, attributes = {}, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const COLOURS = ["#0b74c4", "#d1690e", "#16834a", "#a33fa8", "#b8860b", "#c22f3d", "#4a5fd0", "#3a8686"];

function frame(title, description, width, height) {
  const svg = svgNode("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${description}` });
  svg.append(svgNode("title", {}, title));
  return svg;
}

// Quality against cost: rows that no other row beats in both are joined.
function paretoChart(points, xLabel, yLabel, lower) {
  const [width, height, left, bottom] = [720, 340, 64, 46];
  const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
  const [x0, x1, y0, y1] = [0, Math.max(...xs) * 1.1 || 1, Math.min(...ys), Math.max(...ys)];
  const margin = (y1 - y0) * 0.12 || Math.abs(y1) * 0.1 || 0.1;
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - 20);
  const py = (y) => height - bottom - ((y - y0 + margin) / (y1 - y0 + 2 * margin)) * (height - bottom - 16);
  const front = points.filter((one) => !points.some((other) => other !== one && other.x <= one.x
    && (lower ? other.y <= one.y : other.y >= one.y) && (other.x < one.x || other.y !== one.y))).sort((a, b) => a.x - b.x);
  const names = front.map((point) => point.name).join(", ");
  const svg = frame(`${yLabel} against ${xLabel}`, `Not beaten in both: ${names}.`, width, height);
  svg.append(svgNode("line", { class: "axis", x1: left, y1: height - bottom, x2: width - 10, y2: height - bottom }));
  svg.append(svgNode("line", { class: "axis", x1: left, y1: 10, x2: left, y2: height - bottom }));
  svg.append(svgNode("text", { x: width / 2, y: height - 8, "text-anchor": "middle" }, xLabel));
  svg.append(svgNode("text", { x: 14, y: height / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${height / 2})` }, yLabel));
  for (const part of [0, 0.5, 1]) {
    const [x, y] = [x0 + part * (x1 - x0), y0 + part * (y1 - y0)];
    svg.append(svgNode("text", { x: px(x), y: height - bottom + 16, "text-anchor": "middle" }, x.toPrecision(2)));
    svg.append(svgNode("text", { x: left - 6, y: py(y) + 4, "text-anchor": "end" }, y.toPrecision(3)));
  }
  svg.append(svgNode("polyline", { class: "front", points: front.map((one) => `${px(one.x)},${py(one.y)}`).join(" ") }));
  for (const one of points) {
    svg.append(svgNode("circle", { class: "dot", cx: px(one.x), cy: py(one.y), r: 5 }));
    svg.append(svgNode("text", { x: px(one.x) + 8, y: py(one.y) - 6 }, one.name));
  }
  return svg;
}

// One group of bars a part of a stratum, one bar a run.
function strataChart(title, parts, series) {
  const [width, left, bar, gap] = [720, 130, 14, 14];
  const height = 34 + parts.length * (series.length * bar + gap);
  const highest = Math.max(...series.flatMap((one) => parts.map((part) => one.values[part] ?? 0)), 1e-9);
  const words = series.map((one) => `${one.name}: ${parts.map((part) => `${part} ${one.values[part]?.toFixed(3) ?? "none"}`).join(", ")}`);
  const svg = frame(title, words.join("; "), width, height);
  svg.append(svgNode("text", { x: 0, y: 14, "font-weight": "600" }, title));
  parts.forEach((part, place) => {
    const top = 26 + place * (series.length * bar + gap);
    svg.append(svgNode("text", { x: left - 8, y: top + (series.length * bar) / 2 + 4, "text-anchor": "end" }, part));
    series.forEach((one, number) => {
      const value = one.values[part];
      const y = top + number * bar;
      const long = value === undefined ? 0 : Math.max(1, (value / highest) * (width - left - 70));
      svg.append(svgNode("rect", { x: left, y, width: long, height: bar - 3, fill: COLOURS[number % COLOURS.length] }));
      svg.append(svgNode("text", { x: left + long + 5, y: y + bar - 4 }, value === undefined ? "none" : value.toFixed(3)));
    });
  });
  return svg;
}

function legend(names) {
  const list = document.createElement("p");
  list.className = "soft";
  names.forEach((name, number) => {
    const mark = svgNode("svg", { viewBox: "0 0 12 12", class: "mark", "aria-hidden": "true" });
    mark.append(svgNode("rect", { width: 12, height: 12, fill: COLOURS[number % COLOURS.length] }));
    list.append(mark, name);
  });
  return list;
}

const chartWidth = () => Math.max(280, Math.min(960, main.clientWidth - 64));
const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// A dot a row with its interval; rows of one kind have one colour. Rows: {name, value, limits, kind}.
const KIND_COLOURS = { own: "#16834a", reported: "#0b74c4", privileged: "#8a6d00" };
function scoreChart(rows, label, lower) {
  const [width, line, top] = [chartWidth(), 22, 12];
  const left = Math.min(210, width * 0.4);
  const height = top + rows.length * line + 34;
  const ends = rows.flatMap((row) => [row.value, ...(row.limits ?? [])]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const margin = (most - least) * 0.06 || Math.abs(most) * 0.1 || 0.1;
  const [low, high] = [least >= 0 ? Math.max(0, least - margin) : least - margin, most + margin];
  const px = (value) => left + ((value - low) / (high - low)) * (width - left - 16);
  const words = rows.map((row) => `${row.name} ${row.value.toFixed(4)}`).join(", ");
  const svg = frame(`${label}, ${lower ? "less" : "more"} is better`, words, width, height);
  svg.classList.add("scores");
  svg.style.maxWidth = `${width}px`;
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const value = low + part * (high - low);
    svg.append(svgNode("line", { class: "axis", x1: px(value), x2: px(value), y1: top, y2: height - 30 }));
    if (part * 4 % 2 === 0) svg.append(svgNode("text", { x: px(value), y: height - 14, "text-anchor": part === 1 ? "end" : part ? "middle" : "start" }, value.toPrecision(3)));
  }
  rows.forEach((row, number) => {
    const y = top + number * line + line / 2;
    const name = svgNode("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, shortened(row.name, Math.floor(left / 7)));
    name.append(svgNode("title", {}, row.name));
    svg.append(name);
    if (row.limits) svg.append(svgNode("line", { class: "whisker", x1: px(row.limits[0]), x2: px(row.limits[1]), y1: y, y2: y, stroke: KIND_COLOURS[row.kind] }));
    const dot = svgNode("circle", { class: "score", cx: px(row.value), cy: y, r: 5, fill: KIND_COLOURS[row.kind] });
    dot.append(svgNode("title", {}, `${row.name}: ${row.value.toFixed(4)}${row.limits ? `, ${row.limits.map((end) => end.toFixed(4)).join(" to ")}` : ""}`));
    svg.append(dot);
  });
  return svg;
}

// The best score so far by year, as a line without axes; its words say the numbers.
function trendLine(trend, label) {
  const [width, height, pad] = [128, 36, 5];
  const [years, values] = [trend.map(([year]) => year), trend.map(([, value]) => value)];
  const [x0, x1, y0, y1] = [Math.min(...years), Math.max(...years), Math.min(...values), Math.max(...values)];
  const px = (year) => pad + ((year - x0) / (x1 - x0 || 1)) * (width - 2 * pad);
  const py = (value) => height - pad - ((value - y0) / (y1 - y0 || 1)) * (height - 2 * pad);
  const svg = frame(`best ${label} by year`, trend.map(([year, value]) => `${year} ${value.toFixed(4)}`).join(", "), width, height);
  svg.setAttribute("class", "trend");
  svg.append(svgNode("polyline", { points: trend.map(([year, value]) => `${px(year)},${py(value)}`).join(" ") }));
  for (const [year, value] of trend) svg.append(svgNode("circle", { cx: px(year), cy: py(value), r: 2.6 }));
  return svg;
}
