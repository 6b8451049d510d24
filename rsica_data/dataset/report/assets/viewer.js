// The viewer: both dates in one frame or two, zoomed and moved together, with what changed drawn on them.
const SVG = "http://www.w3.org/2000/svg";
const MODES = { swipe: "swipe", blink: "blink", side: "side by side" };
const LARGEST = 16;
const look = { mode: "swipe", later: false };

function drawing(pair) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${pair.width} ${pair.height}`);
  svg.setAttribute("aria-hidden", "true");
  const add = (tag, attributes, text) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    svg.append(node);
  };
  const stroke = Math.max(pair.width, pair.height) / 220;
  for (const item of pair.objects) {
    const [x0, y0, x1, y1] = item.box;
    const style = { "data-class": item.class, fill: "none", stroke: head.classes[item.class].colour, "stroke-width": stroke };
    add("rect", { class: "box", ...style, x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
    // Vertices are pixel centres; the drawing's origin is a pixel's corner.
    const points = item.outline.map((value) => value + 0.5).join(" ");
    if (item.outline.length) add("polygon", { class: "outline", ...style, points });
    add("text", { class: "number", "data-class": item.class, x: x0, y: Math.max(y0 - stroke, 9 * stroke), "font-size": 9 * stroke }, item.id);
  }
  for (const third of [1, 2]) {
    const [x, y] = [(pair.width * third) / 3, (pair.height * third) / 3];
    for (const line of [{ x1: x, x2: x, y1: 0, y2: pair.height }, { x1: 0, x2: pair.width, y1: y, y2: y }])
      add("line", { class: "cell", ...line, stroke: "#fff", "stroke-opacity": ".75", "stroke-width": stroke / 1.5 });
  }
  return svg;
}

function frameOf(pair, side) {
  const frame = make("div", undefined, { class: `frame ${side}` });
  const stack = make("div", undefined, { class: "stack" });
  stack.append(make("img", undefined, { src: pair[side], alt: `${pair.id} ${side}`, draggable: "false" }));
  for (const { class: number, src } of pair.overlays)
    stack.append(make("img", undefined, { class: "mask", "data-class": number, src, alt: "", draggable: "false" }));
  stack.append(drawing(pair));
  const date = pair.dates[side === "before" ? 0 : 1];
  frame.append(stack, make("span", date ? `${side}, ${date}` : side, { class: "name" }));
  return frame;
}

function viewer(pair) {
  const box = make("div", undefined, { class: "viewer" });
  const view = make("div", undefined, { class: "view" });
  view.style.setProperty("--ratio", `${pair.width} / ${pair.height}`);
  view.style.setProperty("--shape", pair.width / pair.height);
  view.style.setProperty("--cut", "50%");
  const sides = ["after", "before"].filter((side) => pair[side]);
  view.append(...sides.map((side) => frameOf(pair, side)), make("span", undefined, { class: "edge" }));
  view.dataset.dates = sides.length;
  const state = { zoom: 1, x: 0, y: 0 };
  const move = (zoom, x, y) => {
    state.zoom = Math.min(LARGEST, Math.max(1, zoom));
    // The picture never leaves its frame: x and y are shares of the frame's width and height.
    const least = 1 - state.zoom;
    [state.x, state.y] = [Math.min(0, Math.max(least, x)), Math.min(0, Math.max(least, y))];
    for (const [name, value] of [["--zoom", state.zoom], ["--x", `${100 * state.x}%`], ["--y", `${100 * state.y}%`]]) view.style.setProperty(name, value);
    view.classList.toggle("zoomed", state.zoom > 1);
    scale();
  };
  // Zooming keeps the place under (px, py), shares of the frame, where it is.
  const zoomAt = (factor, px = 0.5, py = 0.5) => {
    const zoom = Math.min(LARGEST, Math.max(1, state.zoom * factor));
    move(zoom, px - ((px - state.x) * zoom) / state.zoom, py - ((py - state.y) * zoom) / state.zoom);
  };
  const [bar, scale] = scaleBar(pair, view, state);
  view.zoomAt = zoomAt;
  view.moveBy = (dx, dy) => move(state.zoom, state.x + dx, state.y + dy);
  const where = make("span", "", { class: "where" });
  const slider = make("input", undefined, { type: "range", min: 0, max: 100, value: 50, "aria-label": `Swipe between before and after of ${pair.id}` });
  slider.addEventListener("input", () => view.style.setProperty("--cut", `${slider.value}%`));
  pointers(view, state, slider, where, pair);
  const button = (text, label, act) => {
    const node = make("button", text, { type: "button", "aria-label": `${label}: ${pair.id}`, title: label });
    node.addEventListener("click", act);
    return node;
  };
  const tools = make("div", undefined, { class: "viewtools" });
  tools.append(slider, button("−", "Zoom out", () => zoomAt(1 / 1.5)), button("+", "Zoom in", () => zoomAt(1.5)), button("reset", "Whole image", () => move(1, 0, 0)), where);
  const compass = northArrow(pair);
  view.append(...[bar, compass].filter(Boolean));
  box.append(view, tools);
  new ResizeObserver(scale).observe(view);
  return box;
}

// Dragging moves the edge of the swipe, or the picture where it is zoomed; the wheel zooms with Ctrl, as pinching does.
function pointers(view, state, slider, where, pair) {
  const share = (event) => {
    const frame = (event.target.closest?.(".frame") ?? view.querySelector(".frame")).getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height, frame];
  };
  let last = null;
  const cut = (event) => {
    const frame = view.getBoundingClientRect();
    slider.value = Math.round((100 * (event.clientX - frame.left)) / frame.width);
    slider.dispatchEvent(new Event("input"));
  };
  view.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    last = [event.clientX, event.clientY];
    view.setPointerCapture(event.pointerId);
    if (state.zoom === 1 && look.mode === "swipe") cut(event);
  });
  view.addEventListener("pointermove", (event) => {
    const [x, y, frame] = share(event);
    where.textContent = coordinates(pair, (x - state.x) / state.zoom, (y - state.y) / state.zoom);
    if (!last) return;
    if (state.zoom > 1) view.moveBy((event.clientX - last[0]) / frame.width, (event.clientY - last[1]) / frame.height);
    else if (look.mode === "swipe") cut(event);
    last = [event.clientX, event.clientY];
  });
  for (const name of ["pointerup", "pointercancel"]) view.addEventListener(name, () => { last = null; });
  view.addEventListener("dblclick", (event) => { const [x, y] = share(event); view.zoomAt(2, x, y); });
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const [x, y] = share(event);
    view.zoomAt(Math.exp(-event.deltaY / 200), x, y);
  }, { passive: false });
}

// What is drawn, and how both dates are shown, are choices for all pairs.
function layers() {
  const shown = Array.from(document.querySelectorAll("[data-toggle]"), (box) => box.checked);
  for (const [id, selector] of [["mask", "img.mask"], ["boxes", ".box"], ["outlines", ".outline"], ["numbers", ".number"], ["grid", ".cell"]])
    for (const node of document.querySelectorAll(selector))
      node.style.display = find(id).checked && (shown[node.dataset.class] ?? true) ? "" : "none";
  document.body.style.setProperty("--opacity", find("opacity").value / 100);
  document.body.dataset.mode = look.mode;
  document.body.classList.toggle("later", look.later);
}
function setMode(mode) {
  look.mode = mode;
  look.later = false;
  find("mode").value = mode;
  layers();
}
for (const [value, name] of Object.entries(MODES)) find("mode").append(make("option", name, { value }));
find("mode").addEventListener("input", () => setMode(find("mode").value));
// Blinking changes twice in three seconds, below what harms; who asked for less motion changes dates by the key alone.
const still = matchMedia("(prefers-reduced-motion: reduce)");
setInterval(() => {
  if (look.mode !== "blink" || still.matches || document.hidden) return;
  look.later = !look.later;
  document.body.classList.toggle("later", look.later);
}, 750);
find("classes").addEventListener("input", layers);
for (const id of ["mask", "boxes", "outlines", "numbers", "grid", "opacity"]) find(id).addEventListener("input", layers);
const PANS = dict([["ArrowLeft", [0.2, 0]], ["ArrowRight", [-0.2, 0]], ["ArrowUp", [0, 0.2]], ["ArrowDown", [0, -0.2]]]);
document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  const view = document.activeElement?.closest?.("article")?.querySelector(".view");
  const modes = Object.keys(MODES);
  if (event.key === "v") setMode(modes[(modes.indexOf(look.mode) + 1) % modes.length]);
  else if (event.key === "b") { look.later = !look.later; look.mode = find("mode").value = "blink"; layers(); }
  else if (view && event.shiftKey && PANS[event.key]) view.moveBy(...PANS[event.key]);
  else if (view && (event.key === "+" || event.key === "=")) view.zoomAt(1.5);
  else if (view && event.key === "-") view.zoomAt(1 / 1.5);
  else if (view && event.key === "0") view.zoomAt(0);
  else return;
  event.preventDefault();
});
