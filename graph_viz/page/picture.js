// A view as SVG. What was there before stays the same element, and moves; of many boxes only those in sight are drawn.

const SVG = "http://www.w3.org/2000/svg", FEW = 300, LANES = 2, STACK = 3, PILL = 17, POINT = 7, OCTAGON = 6, CROSS = 3.5;
const [PAD_X, PAD_Y, NAME_LINE, ROW_LINE, GAP] = [8, 5, 17, 13, 8];
const SYMBOL = /[∇ᵀʸ⁰⁴-⁹⁻‖⊙⊗ȳ\u0302\u0304]/, SHIFTS = { "\u0003": 0.2, "\u0004": -0.38 }, NORM = "‖∂‖", SHARED = "• ";

function element(tag, attributes = {}, ...children) {
  const e = document.createElementNS(SVG, tag);
  for (const name in attributes) if (attributes[name] !== null) e.setAttribute(name, attributes[name]);
  e.append(...children);
  return e;
}

// Set an attribute where it is another one: what does not change costs nothing.
function put(e, name, value) {
  e.had ??= {};
  if (e.had[name] === value) return;
  e.had[name] = value;
  e.setAttribute(name, value);
}

function text(x, y, attributes, pieces, size) {
  const e = element("text", { x: tenth(x), y: tenth(y), ...attributes });
  let low = 0;
  for (const [content, about] of pieces) {
    content.split(/(?=[\u0003-\u0005])/).forEach((part, k) => {  // each begins with a mark where it is low or high
      const drop = (SHIFTS[part[0]] ?? 0) * size, small = drop ? { "font-size": 0.78 * size } : {};
      const own = { ...about, ...(drop === low ? {} : { dy: tenth(drop - low) }), ...small };
      if (k) delete own.dx;
      low = drop;
      e.append(element("tspan", own, part.replace(/^[\u0003-\u0005]/, "")));
    });
  }
  if (SYMBOL.test(e.textContent)) e.classList.add("gv-symbol");
  return e;
}

const polygon = (points, about) => element("path", { d: `M${points.map(point).join("L")}Z`, ...about });

// The border of a box: a rectangle, a tag that points to the right, or an octagon.
function outline(w, h, shape, radius, about) {
  if (shape === "box") return element("rect", { width: w, height: h, rx: radius || null, ...about });
  if (shape === "tag") return polygon([[0, 0], [w - POINT, 0], [w, h / 2], [w - POINT, h], [0, h]], about);
  const c = Math.min(OCTAGON, h / 3);
  return polygon([[c, 0], [w - c, 0], [w, c], [w, h - c], [w - c, h], [c, h], [0, h - c], [0, c]], about);
}

function drawnBox(mark, data) {
  const { texts } = data, [title, before, after, , high, ...rows] = mark.caption, w = mark.width, h = mark.height;
  const shared = [...(mark.shared ?? [])];
  const [kind, , radius, border, dashes, stacked, shape] = data.kinds[mark.kind];
  const about = { class: `gv-${kind}`, "stroke-dasharray": dashes || null, "stroke-width": border === 1 ? null : border };
  const round = mark.bits & CHAIN ? Math.min(h / 2, PILL) : radius;
  const g = element("g", { "data-mark": mark.key, tabindex: 0, role: "button" }, element("title"));
  if (stacked) g.append(element("g", { transform: `translate(${STACK},${-STACK})` }, outline(w, h, shape, round, about)));
  g.append(outline(w, h, shape, round, about));
  const box = g.lastChild, top = (h - high) / 2 + PAD_Y, lines = [], finals = [];
  if (mark.kind === FAILED) {
    const u = OCTAGON + CROSS, arm = (s) => `M${u - CROSS} ${u - s}L${u + CROSS} ${u + s}`;
    g.append(element("path", { d: arm(CROSS) + arm(-CROSS), class: "gv-wrong-line", "stroke-width": 1.6 }));
  }
  if (mark.bits & COPIED) g.append(element("circle", { cx: w, r: 2.6, class: "gv-edge" }));
  const heavy = { "font-weight": 600 }, quiet = { dx: GAP, class: "gv-muted" };
  const pieces = [[texts[before], {}], [texts[title], heavy], [texts[after], quiet]].filter(([t]) => t);
  g.append(text(w / 2, top + 0.72 * NAME_LINE, { class: "gv-text", "font-size": 12 }, pieces, 12));
  for (let k = 0; k < rows.length; k += 3) {
    const [word, content, tone] = rows.slice(k, k + 3).map((t) => texts[t]), y = top + NAME_LINE + (k / 3 + 0.75) * ROW_LINE;
    const at = word ? [w - PAD_X, { "text-anchor": "end" }] : [w / 2, {}];
    const told = word.startsWith(SHARED) ? { "data-shared": shared.shift() } : {};
    if (word) g.append(text(PAD_X, y, { "text-anchor": "start", class: "gv-muted", ...told }, [[word, {}]], 10));
    const own = text(at[0], y, { ...at[1], class: `gv-${tone}`, ...told }, [], 10);
    own.textContent = content;
    if (SYMBOL.test(content)) own.classList.add("gv-symbol");
    g.append(own);
    if (word === "value" || word === "grad") {
      own.dataset.row = word;
      lines.push({ word, own, drawn: content, tone });
    } else if (content.includes(NORM)) {
      own.dataset.final = "";
      finals.push({ own, drawn: content });
    }
  }
  return { g, box, border, rows: lines, finals, title: g.firstChild, room: w - 46 };
}

function drawnFrame(g, groups, data) {
  const [name, module] = [groups.title[g], groups.module[g]].map((t) => data.texts[t]);
  const pieces = [[name, { "font-weight": 600 }], ...(module ? [[module, { dx: GAP, class: "gv-muted" }]] : [])];
  const title = text(10, 15, { "text-anchor": "start", class: "gv-text" }, pieces, 10);
  const label = `${data.texts[groups.name[g]]}, ${groups.bits[g] & MADE ? "group" : "module"}, open`;
  const spoken = element("title", {});
  spoken.textContent = label;
  return element("g", { "data-frame": g, tabindex: 0, role: "button" }, spoken, element("rect", { rx: 9, class: "gv-frame" }), title);
}

class Picture {
  constructor(stage, data) {
    this.layers = ["frames", "lines", "marks", "labels", "numbers"].map((name) => element("g", { class: `gv-${name}` }));
    this.svg = element("svg", { "font-size": 10, "text-anchor": "middle" }, ...this.layers);
    Object.assign(this, { stage, data, boxes: new Map(), frames: new Map(), lines: new Map(), scale: 1, levels: new Map() });
    stage.append(this.svg);
  }

  // Lay out a view; it is drawn by `paint`.
  arrange(prepared, view) {
    this.layout = nested(view, this.levels);
    if (this.levels.size > 5000) this.levels.clear();
    Object.assign(this, { prepared, view, ways: new Map(), taken: null, room: null });
    const { width, height } = this.layout;
    put(this.svg, "viewBox", `0 0 ${tenth(width)} ${tenth(height)}`);
    this.zoomed(this.scale);
  }

  zoomed(scale) {
    this.scale = scale;
    put(this.svg, "width", tenth(this.layout.width * scale));
    put(this.svg, "height", tenth(this.layout.height * scale));
  }

  // What is seen, with as much around it; all of a small picture.
  sight({ all = false, x: dx = 0, y: dy = 0 }) {
    if (all || this.view.marks.length <= FEW) return () => true;
    const { clientWidth: w, clientHeight: h, scrollLeft, scrollTop } = this.stage, s = this.scale;
    const [u, v] = [scrollLeft + dx, scrollTop + dy];
    const [x, y, right, bottom] = [(u - w) / s, (v - h) / s, (u + 2 * w) / s, (v + 2 * h) / s];
    return (box) => box[0] < right && box[0] + box[2] > x && box[1] < bottom && box[1] + box[3] > y;
  }

  paint(where = {}) {
    const { view, layout, data } = this, seen = this.sight(where), [frames, lines, marks] = this.layers;
    const around = new Map([...layout.frames].filter(([, box]) => seen(box)));
    this.keyed(this.frames, frames, around, (g) => ({ g: drawnFrame(g, this.prepared.groups, data) }), (made, box) => {
      put(made.g, "transform", `translate(${tenth(box[0])},${tenth(box[1])})`);
      put(made.g.children[1], "width", tenth(box[2]));
      put(made.g.children[1], "height", tenth(box[3]));
    });
    for (const g of around.keys()) frames.append(this.frames.get(g).g);  // outer ones first
    this.there = new Map();
    view.marks.forEach((mark, k) => {
      if (seen(layout.boxes[k])) this.there.set(`${mark.key} ${mark.width} ${mark.height}`, k);
    });
    this.keyed(this.boxes, marks, this.there, (_, k) => drawnBox(view.marks[k], data), (made, k) => {
      made.k = k;
      put(made.g, "transform", `translate(${tenth(layout.boxes[k][0])},${tenth(layout.boxes[k][1])})`);
    });
    this.joined = new Map();
    view.lines.forEach((line, k) => {
      if (!seen(extentOf(layout.routes[k]))) return;
      const [tail, head] = [view.marks[line.tail].key, view.marks[line.head].key];
      this.joined.set(`${tail} ${head} ${line.back} ${line.position} ${line.width} ${line.count}`, k);
    });
    this.keyed(this.lines, lines, this.joined, (_, k) => this.drawnLine(k), (made, k) => this.ledLine(made, k));
    this.label();
  }

  // Elements by key: new ones are made, old ones go, all are brought to where they belong.
  keyed(had, layer, wanted, make, place) {
    for (const [key, { g }] of had) {
      if (wanted.has(key)) continue;
      g.remove();
      had.delete(key);
    }
    const fresh = document.createDocumentFragment();
    for (const [key, about] of wanted) {
      let made = had.get(key);
      if (!made) {
        made = make(key, about);
        had.set(key, made);
        fresh.append(made.g);
      }
      place(made, about);
    }
    layer.append(fresh);
  }

  // The curve of a line; from above it ends at the second box of a stack, which stands out there.
  way(k) {
    if (!this.ways.has(k)) {
      const down = this.view.direction === "TB", way = chained(this.layout.routes[k], down);
      const above = down && this.view.marks[this.view.lines[k].head].kind === MODULE;
      this.ways.set(k, above ? cutAtEnd(way, STACK) : way);
    }
    return this.ways.get(k);
  }

  drawnLine(k) {
    const line = this.view.lines[k], ends = [line.tail, line.head].map((m) => this.view.marks[m].key).join(" ");
    const dashes = { "stroke-dasharray": line.back ? "5 3" : null };
    const there = element("path", { class: "gv-edge-line", ...dashes }, element("title", {}, this.said(line)));
    const g = element("g", { "data-ends": ends }, there, element("path", { class: "gv-edge" }));
    if (line.width >= 0) {
      const width = line.width === 100 ? null : (line.width / 100).toPrecision(2);
      g.append(element("path", { class: "gv-grad-line", "stroke-width": width, "stroke-dasharray": "4 2.5" }));
      g.append(element("path", { class: "gv-grad" }));
    }
    const hit = this.data.live && element("path", { class: "gv-hit" });  // wide enough to be pointed at
    if (hit) g.append(hit);
    return { g, hit };
  }

  said({ count, bits, shape }) {
    const values = `${count} value${count === 1 ? "" : "s"}`, lengths = this.data.texts[shape] || "scalar";
    if (bits & TO_NEXT) return `${values} from each time step to the next, ${lengths}`;
    return `${values}, ${lengths}${bits & INITIAL ? ", before the first time step" : ""}`;
  }

  ledLine(made, k) {
    made.k = k;
    const signature = this.layout.routes[k].join(" ");
    if (made.signature === signature) return;
    made.signature = signature;
    const way = this.way(k), lanes = this.view.lines[k].width >= 0, there = lanes ? beside(way, -LANES) : way;
    const [line, tip, back, end] = made.g.children;
    made.hit?.setAttribute("d", pathOf(way));
    line.setAttribute("d", pathOf(cutAtEnd(there, TIP - 1)));
    tip.setAttribute("d", tipOf(there));
    if (!lanes) return;
    const returning = beside(way, LANES).reverse();
    back.setAttribute("d", pathOf(cutAtEnd(returning, TIP - 1)));
    end.setAttribute("d", tipOf(returning));
  }

  // What is written on a line: a time step, or a shape that no box says or that is stretched, and its count.
  written(k) {
    const { view, data } = this, line = view.lines[k], tail = view.marks[line.tail], head = view.marks[line.head];
    if (line.bits & (TO_NEXT | INITIAL)) return line.bits & TO_NEXT ? "t → t+1" : "t = 0";
    const parts = [];
    if (tail.kind === MODULE && !tail.single) parts.push(data.texts[line.shape]);
    else if (tail.kind !== MODULE) parts.push(data.texts[line.label].trim());
    if (line.count > 1 && !((tail.bits | head.bits) & STEPS)) parts.push(`×${line.count}`);
    return parts.filter(Boolean).join(" ");
  }

  // The room for labels that boxes and titles of frames leave.
  free() {
    if (this.taken) return this.taken;
    const titles = [...this.layout.frames].map(([g, [x, y]]) => [x, y, this.prepared.room[g] + 14, 20]);
    this.taken = new Room([...this.layout.boxes, ...titles]);
    return this.taken;
  }

  label() {
    const [, , , layer, numbers] = this.layers, lines = [...this.joined.values()];
    layer.replaceChildren();
    numbers.replaceChildren();
    const wanted = lines.map((k) => [k, this.written(k)]).filter(([, said]) => said);
    if (!wanted.length) return;
    this.taken = null;
    const room = this.free();
    const needed = ([k]) => (this.view.lines[k].bits & (TO_NEXT | INITIAL) ? 1 : 0);
    if (wanted.some((each) => !needed(each))) room.passes(this.view.lines.map((_, k) => this.way(k)));
    for (const each of wanted.sort((a, b) => needed(b) - needed(a))) {
      const [k, said] = each, wide = said.length * 5.6, p = room.place(this.way(k), k, wide, !!needed(each));
      if (p) layer.append(this.sign(p, said, wide, "gv-muted"));
    }
  }

  // Write on some lines what they carry now, or beside them: [line, text, class].
  number(wanted, beside = false) {
    const [, , , labels, layer] = this.layers;
    layer.replaceChildren();
    const room = new Room(wanted.length ? [...this.layout.boxes] : []);
    for (const [k, said, tone] of wanted) {
      const wide = said.length * 5 + 4, off = this.view.direction === "TB" ? [wide / 2 + 4, 0] : [0, HIGH];
      const shifts = (beside ? [-1, 1, 0] : [0, -1, 1, -2, 2]).map((n) => off.map((d) => d * n));
      layer.append(this.sign(room.place(this.way(k), k, wide, true, shifts), said, wide, tone));
    }
    put(labels, "class", wanted.length ? "gv-labels gv-dim" : "gv-labels");
  }

  sign(p, said, wide, tone) {
    const { width, frames } = this.layout, w = wide + 2, x = Math.min(Math.max(p[0], w / 2 + 2), Math.max(width - w / 2 - 2, w / 2));
    const inside = [...frames.values()].some(([a, b, c, d]) => a <= x && x <= a + c && b <= p[1] && p[1] <= b + d);
    const ground = { x: tenth(x - w / 2), y: tenth(p[1] - HIGH / 2), width: w, height: HIGH, class: inside ? "gv-inside" : "gv-paper" };
    return element("g", {}, element("rect", ground), text(x, p[1] + 0.35 * LABEL, { class: tone, "font-size": LABEL }, [[said, {}]], LABEL));
  }
}

function extentOf(route) {
  let [x, y, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [u, v] of route) [x, y, right, bottom] = [Math.min(x, u), Math.min(y, v), Math.max(right, u), Math.max(bottom, v)];
  return [x, y, right - x, bottom - y];
}
