// Looking around, by pointer and by key. The stage scrolls, zooming changes the size; scale 1 is that of the picture.

const READABLE = 0.7, LARGEST = 1.25;

const Looking = {
  repaint(where) {
    const said = this.status.textContent;
    this.picture.paint(where);
    this.keepsStill = true;
    this.render();
    this.keepsStill = false;
    this.tell(said);
  },

  fit(whole) {
    const { width, height } = this.picture.layout, across = (this.stage.clientWidth - 2) / width;
    const both = Math.min(across, (Math.max(260, innerHeight * 0.62) - 2) / height);
    this.picture.zoomed(Math.min(LARGEST, whole || both >= READABLE ? both : Math.max(Math.min(across, 1), READABLE)));
    this.repaint();
  },

  // The first look: all of it where that can be read, else where it begins.
  look() {
    this.fit(false);
    const { stage, picture, view } = this, { boxes } = picture.layout, down = this.data.direction === "TB", along = down ? 1 : 0;
    const inputs = [...boxes.keys()].filter((k) => view.marks[k].kind === INPUT);
    const [first] = (inputs.length ? inputs : [...boxes.keys()]).sort((a, b) => boxes[a][along] - boxes[b][along]);
    const [x, y, w, h] = boxes[first].map((u) => u * picture.scale);
    stage.scrollLeft = down ? x + (w - stage.clientWidth) / 2 : x - 40;
    stage.scrollTop = down ? y - 40 : y + (h - stage.clientHeight) / 2;
    this.repaint();
  },

  // What is at (x, y) of the stage stays there.
  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const { stage, picture } = this;
    const [left, top] = [(stage.scrollLeft + x) * factor - x, (stage.scrollTop + y) * factor - y];
    picture.zoomed(picture.scale * factor);
    stage.scrollTo(left, top);
    this.repaint();
  },

  reveal(k) {
    if (this.keepsStill) return;
    const { stage, picture } = this, [x, y, w, h] = picture.layout.boxes[k].map((u) => u * picture.scale);
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = stage;
    if (x < scrollLeft || x + w > scrollLeft + clientWidth) stage.scrollLeft = x + (w - clientWidth) / 2;
    if (y < scrollTop || y + h > scrollTop + clientHeight) stage.scrollTop = y + (h - clientHeight) / 2;
  },

  // The parameters of a box that may be in others too: the one that it is, or what a closed group shares.
  sharing({ kind, node, shared = [] }) { return kind === PARAMETER ? [node] : shared; },

  // Show what belongs to the box at a place: its lines, and all places of what it shares; at a row, of that alone.
  near(target, yes) {
    const g = target?.closest?.("[data-mark]");
    const made = g && [...this.picture.boxes.values()].find((each) => each.g === g);
    if (!made) return;
    const one = target.closest("[data-shared]")?.dataset.shared, nodes = new Set(one ? [+one] : this.sharing(this.view.marks[made.k]));
    for (const each of this.picture.boxes.values()) {
      const there = each.k === made.k || this.sharing(this.view.marks[each.k]).some((n) => nodes.has(n));
      if (there) each.g.classList.toggle("gv-here", yes);
      for (const row of each.g.querySelectorAll("[data-shared]")) row.classList.toggle("gv-same", yes && nodes.has(+row.dataset.shared));
    }
    for (const each of this.picture.lines.values()) {
      const { tail, head } = this.view.lines[each.k];
      if (tail === made.k || head === made.k) each.g.classList.toggle("gv-here", yes);
    }
  },

  keyOf(g) { return /^\d+$/.test(g.dataset.mark) ? +g.dataset.mark : g.dataset.mark; },

  listen() {
    const { stage, root } = this;
    stage.addEventListener("click", (e) => {
      const mark = e.target.closest("[data-mark]");
      if (mark && e.detail < 2) this.choose(this.keyOf(mark));
    });
    stage.addEventListener("dblclick", (e) => this.enter(e.target, true));
    stage.addEventListener("pointerover", (e) => this.near(e.target, true));
    stage.addEventListener("pointerout", (e) => this.near(e.target, false));
    stage.addEventListener("wheel", (e) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const box = stage.getBoundingClientRect();
      this.zoom(e.deltaY > 0 ? 1 / 1.15 : 1.15, e.clientX - box.left, e.clientY - box.top);
    }, { passive: false });
    let waits = false;
    stage.addEventListener("scroll", () => {
      if (waits || this.view.marks.length <= FEW) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        this.repaint();
      });
    });
    let held = null;
    stage.addEventListener("pointerdown", (e) => { held = e.button || e.pointerType !== "mouse" ? null : [e.clientX, e.clientY]; });
    stage.addEventListener("pointermove", (e) => {
      if (!held) return;
      stage.scrollBy(held[0] - e.clientX, held[1] - e.clientY);
      held = [e.clientX, e.clientY];
    });
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) stage.addEventListener(end, () => { held = null; });
    addEventListener("beforeprint", () => this.repaint({ all: true }));
    addEventListener("afterprint", () => this.repaint());
    // Keys are those of the whole page where it is the only drawing on it, else of this drawing.
    const alone = root.parentElement === document.body && document.querySelectorAll("[data-graph-viz]").length === 1;
    (alone ? document : root).addEventListener("keydown", (e) => this.pressed(e));
  },

  pressed(e) {
    const at = e.target, typing = at.matches?.("input:not([type=range]), select, textarea, .gv-inputs input");
    if (e.ctrlKey || e.metaKey || e.altKey || (typing && e.key !== "Escape" && e.key !== "Enter")) return;
    const button = at.matches?.("button, summary");
    const act = {
      ArrowRight: () => this.by(1, e.shiftKey), ArrowLeft: () => this.by(-1, e.shiftKey), Home: () => this.go(0),
      End: () => this.go(this.total), b: () => this.go(this.tape.recorded), " ": button ? null : () => this.toggle(),
      "/": () => this.search.focus(), "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8),
      0: () => this.fit(true), Escape: () => this.clear(), Enter: button ? null : () => this.enter(at),
    }[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (!act) return;
    e.preventDefault();
    act();
  },

  // Open or close what is pressed; of what has no inside, choose it.
  enter(at, twice = false) {
    const mark = at.closest?.("[data-mark]"), frame = at.closest?.("[data-frame]");
    if (at === this.search) {
      const first = this.keep?.size && Math.min(...this.keep);
      const made = [...this.picture.boxes.values()].find(({ k }) => k === first);
      made?.g.focus();
    } else if (mark) {
      const key = this.keyOf(mark), { opens } = this.view.marks.find((each) => each.key === key);
      if (opens !== undefined) this.open(opens, true);
      else if (!twice) this.choose(key);
    } else if (frame) this.open(+frame.dataset.frame, false);
  },
};

Object.assign(Page.prototype, Looking);
