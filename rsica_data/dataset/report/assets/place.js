// Where a pair lies: scale bar, north, coordinates, and a map of the world drawn from an outline that the page holds.
const NICE = [1, 2, 5];
function scaleBar(pair, view, state) {
  if (!pair.gsd) return [null, () => {}];
  const bar = make("span", undefined, { class: "scale" });
  const draw = () => {
    const frame = view.querySelector(".frame");
    if (!frame?.clientWidth) return;
    const perPixel = (pair.gsd * pair.width) / (frame.clientWidth * state.zoom);
    const longest = perPixel * Math.min(140, frame.clientWidth / 3);
    const power = 10 ** Math.floor(Math.log10(longest));
    const metres = power * NICE.filter((step) => step * power <= longest).at(-1);
    bar.style.width = `${metres / perPixel}px`;
    bar.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  };
  return [bar, draw];
}

function northArrow(pair) {
  const angle = pair.place?.north;
  if (angle === undefined || angle === null) return null;
  const node = make("span", undefined, { class: "north", role: "img", "aria-label": `north is ${Math.round(angle)} degrees clockwise from up` });
  const arrow = make("span", "↑");
  arrow.style.transform = `rotate(${angle}deg)`;
  node.append(arrow, "N");
  return node;
}

// Of (u, v), shares of the image, between its corners.
function earthAt(place, u, v) {
  const [tl, tr, br, bl] = place.corners;
  return [0, 1].map((axis) => (1 - v) * ((1 - u) * tl[axis] + u * tr[axis]) + v * ((1 - u) * bl[axis] + u * br[axis]));
}
const degrees = ([lon, lat]) => `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? "W" : "E"}`;
function coordinates(pair, u, v) {
  if (!(u >= 0 && u < 1 && v >= 0 && v < 1)) return "";
  const pixel = `pixel ${Math.floor(u * pair.width)}, ${Math.floor(v * pair.height)}`;
  return pair.place ? `${pixel}: ${degrees(earthAt(pair.place, u, v))}` : pixel;
}

function placePart(pair) {
  if (!pair.place) return null;
  const [lon, lat] = pair.place.center;
  const part = make("div", undefined, { class: "place" });
  part.append(worldMap(lon, lat));
  const words = make("p", `${degrees([lon, lat])} `);
  const map = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`;
  words.append(make("a", "OpenStreetMap", { href: map, rel: "noopener noreferrer", target: "_blank" }));
  part.append(words);
  return part;
}

function worldMap(lon, lat) {
  const svg = document.createElementNS(SVG, "svg");
  const add = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  for (const [key, value] of Object.entries({ viewBox: "-180 -90 360 180", class: "world", role: "img", "aria-label": `map of the world with the pair at ${degrees([lon, lat])}` })) svg.setAttribute(key, value);
  add("rect", { class: "sea", x: -180, y: -90, width: 360, height: 180 });
  for (const ring of head.land) add("polygon", { class: "land", points: ring.map(([x, y]) => `${x},${-y}`).join(" ") });
  for (let line = -150; line < 180; line += 30) add("line", { class: "graticule", x1: line, x2: line, y1: -90, y2: 90 });
  for (let line = -60; line < 90; line += 30) add("line", { class: "graticule", x1: -180, x2: 180, y1: line, y2: line });
  add("circle", { class: "halo", cx: lon, cy: -lat, r: 9 });
  add("circle", { class: "spot", cx: lon, cy: -lat, r: 4 });
  return svg;
}
