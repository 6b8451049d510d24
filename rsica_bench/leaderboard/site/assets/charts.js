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
