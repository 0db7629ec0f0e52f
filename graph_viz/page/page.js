// The page of a drawing: what is there, and what is open. All state belongs to one root, so several drawings live on
// one page. Text reaches the page as textContent only.

const MOST = 1500, FULL = 120;  // boxes of a picture; of one that opens what it can

function make(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    name.startsWith("on") ? e.addEventListener(name.slice(2), value) : e.setAttribute(name, value);
  e.append(...children);
  return e;
}

class Page {
  constructor(root, data) {
    const tape = tapeOf(data);
    // Events so far (null: as drawn) and where the last beat began; the key of a chosen box; marks that do not fade.
    Object.assign(this, { root, data, tape, total: tape.events.length, step: null, from: 0 });
    Object.assign(this, { chosen: null, keep: null, timer: 0, lit: new Map(), modes: [] });
    this.use(0);
    this.furnish();
    this.picture = new Picture(this.stage, data);
    this.listen();
    if (data.live) this.enliven();
    this.reopen(this.mode.open);
    this.look();
    root.graphVizPage = this;  // for whoever looks from outside
    root.dataset.ready = "yes";
    performance.mark("graph-viz");
  }

  // Take up one of the structures: time steps rolled (0), or each apart (1).
  use(k) {
    if (!this.modes[k]) {
      const stored = this.data.structures[k], structure = typeof stored === "string" ? JSON.parse(stored) : stored;
      const all = prepared(structure, this.data);
      this.modes[k] = { prepared: all, open: new Set(structure.open), crossings: crossingsOf(all, this.tape) };
    }
    this.mode = this.modes[k];
  }

  furnish() {
    const { root, data, total } = this, bar = make("div", { class: "gv-bar", role: "toolbar", "aria-label": "drawing" });
    const button = (...about) => this.button(...about), span = (...children) => make("span", {}, ...children);
    this.stage = make("div", { class: "gv-stage", role: "group", "aria-label": data.label, tabindex: "0" });
    this.status = make("div", { class: "gv-status", role: "status", "aria-live": "polite" });
    this.panel = make("div", { class: "gv-panel", role: "region", "aria-label": "details" });
    this.legend = make("div", { class: "gv-legend", "aria-hidden": "true" });
    this.search = make("input", { type: "search", placeholder: "search", "aria-label": "search (/)", oninput: () => this.seek() });
    this.slider = make("input", { type: "range", min: 0, max: total, value: total, "aria-label": "step",
      oninput: () => this.go(+this.slider.value) });
    this.play = button("play", "play", () => this.toggle(), "Space");
    this.apart = button("time steps apart", "steps", () => this.change());
    if (total) {
      bar.append(span(button("first step", "|◂", () => this.go(0), "Home"), button("step back", "◂", () => this.by(-1), "←"),
        this.play, button("step forward", "▸", () => this.by(1), "→"), button("last step", "▸|", () => this.go(total), "End"),
        this.slider, button("to the sweep", "∇", () => this.go(this.tape.recorded), "B"),
        button("as drawn", "✕", () => this.clear(), "Esc")));
    }
    if (data.structures.length > 1 || data.structures[0].groups.parent.length) {
      bar.append(span(button("open all that fits", "open", () => this.openAll()),
        button("close all", "close", () => this.reopen(new Set()))));
    }
    if (data.structures.length > 1) bar.append(span(this.apart));
    bar.append(span(button("zoom out", "−", () => this.zoom(0.8), "−"), button("zoom in", "+", () => this.zoom(1.25), "+"),
      button("fit", "fit", () => this.fit(true), "0")), span(this.search));
    root.querySelector("img").remove();
    const notes = data.notes.map((note) => make("p", { class: "gv-note" }, note));
    root.prepend(bar, this.stage, this.status, this.panel, this.legend, ...notes);
  }

  button(label, sign, act, keys) {
    const title = keys ? `${label} (${keys})` : label;
    return make("button", { type: "button", "aria-label": label, title, onclick: act }, sign);
  }

  tell(said) { this.status.textContent = said; }

  // Show a set of open groups; what stands at the group `anchor` stays there. Whether it could be shown.
  reopen(open, anchor) {
    const { mode, picture, stage, data } = this, view = visible(mode.prepared, open, data.direction);
    if (view.marks.length > MOST) {
      this.tell(`${view.marks.length} boxes are more than a picture can show (${MOST}): close something first`);
      return false;
    }
    const was = anchor === undefined ? null : this.spot(anchor);
    mode.open = open;
    this.view = view;
    picture.arrange(mode.prepared, view);
    if (this.chosenAt() < 0) this.chosen = null;
    const now = was && this.spot(anchor), [x, y] = now ? [0, 1].map((i) => (now[i] - was[i]) * picture.scale) : [0, 0];
    picture.paint({ x, y });
    this.root.classList.toggle("gv-wide", picture.layout.width > 1.2 * picture.layout.height);  // how it is printed
    this.explain();
    this.render();
    if (x || y) stage.scrollBy({ left: x, top: y, behavior: "instant" });  // what was pressed stays where it was
    if (this.step === null) this.tell(`${view.marks.length} boxes${this.total ? `, ${this.total} steps: → begins, B starts the sweep` : ""}`);
    return true;
  }

  // What happens when, for the boxes of this view; it is known when it is first asked for.
  get beats() {
    this.view.beats ??= beatsOf(this.view, this.tape, this.mode.crossings);
    return this.view.beats;
  }

  // Where a group is, as a box or as a frame.
  spot(g) {
    const k = this.view.marks.findIndex((mark) => mark.opens === g), { frames, boxes } = this.picture.layout;
    const box = frames.get(g) ?? boxes[k];
    return box && [box[0] + box[2] / 2, box[1]];
  }

  open(g, yes) {
    if (g === undefined) return;
    const wanted = new Set(this.mode.open), { groups } = this.mode.prepared;
    yes ? wanted.add(g) : wanted.delete(g);
    if (!this.reopen(wanted, g)) return;
    this.tell(`${this.data.texts[groups.name[g]]} ${yes ? "opened" : "closed"}: ${this.view.marks.length} boxes`);
    const there = yes ? this.picture.frames.get(g)
      : [...this.picture.boxes.values()].find((made) => this.view.marks[made.k].opens === g);
    there?.g.focus({ preventScroll: true });
  }

  // The outer groups first, one level after the other, as long as one still reads it on a screen.
  openAll() {
    const { depth } = this.mode.prepared;
    let best = this.mode.open;
    for (let level = 1; level <= Math.max(...depth); level++) {
      const wider = new Set([...best, ...[...depth.keys()].filter((g) => depth[g] <= level)]);
      if (visible(this.mode.prepared, wider, this.data.direction).marks.length <= FULL) best = wider;
    }
    this.reopen(best);
  }

  // Time steps rolled, or each apart.
  change() {
    const rolled = this.mode !== this.modes[0];
    this.use(rolled ? 0 : 1);
    this.apart.textContent = rolled ? "steps" : "rolled";
    this.apart.setAttribute("aria-label", rolled ? "time steps apart" : "time steps rolled");
    this.reopen(this.mode.open);
    this.look();
  }

  // The legend: the kinds of what is there now.
  explain() {
    const { view, data, legend } = this, there = new Set(view.marks.map((mark) => mark.kind)), parts = [];
    const { frames } = this.picture.layout, { bits } = this.mode.prepared.groups, frame = data.kinds.length - 1;
    if (frames.size) there.add(frame);
    const called = (all) => ["module", "group"].filter((word) => all.some((one) => (one & MADE ? "group" : "module") === word)).join(" or ");
    const words = new Map([
      [MODULE, `closed ${called(view.marks.filter((mark) => mark.kind === MODULE).map((mark) => mark.bits))}`],
      [frame, called([...frames.keys()].map((g) => bits[g]))],
    ]);
    data.kinds.forEach(([kind, word, radius, border, dashes, , shape], k) => {
      const about = { class: `gv-${kind}`, "stroke-width": border, "stroke-dasharray": dashes || null };
      if (there.has(k)) parts.push([outline(18, 11, shape, Math.min(4, radius), about), words.get(k) ?? word]);
    });
    const line = (name, dashes) => element("path", { d: "M0 5.5H18", class: `gv-${name}-line`, "stroke-dasharray": dashes });
    if (view.lines.some((each) => each.width >= 0) && !(data.quiet && !this.total))
      parts.push([line("edge", null), "value"], [line("grad", "4 2.5"), "gradient"]);
    if (view.lines.some((each) => each.back)) parts.push([line("edge", "5 3"), "to the next step"]);
    if (view.marks.some((mark) => mark.bits & (COPIED | SHARES)))
      parts.push([element("circle", { cx: 9, cy: 5.5, r: 2.6, class: "gv-edge" }), "shown in several places"]);
    legend.replaceChildren(...(data.legend ? parts : []).map(([sign, word]) =>
      make("span", {}, element("svg", { width: 20, height: 13, viewBox: "-1 -1 20 13" }, sign), word)));
  }
}

// Every drawing that has been unpacked and waits.
function begin() {
  for (const root of document.querySelectorAll('[data-graph-viz][data-ready=""]')) {
    const { graphViz: data } = root;
    delete root.graphViz;
    if (data) new Page(root, data);
  }
}
