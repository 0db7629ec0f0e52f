// What is true after so many steps, and how one moves from one to the next.

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const listedFew = ([first, ...others]) => (others.length ? `${first}, …` : first);

const Stepping = {
  render() {
    const { tape, view, step, from, picture, mode, data } = this, now = step ? tape.events.slice(from, step) : [];
    this.lit = step ? litBy(view, tape, mode.crossings, from, step) : new Map();
    const active = new Set(now.map((_, i) => this.beats.boxes[from + i]).filter((k) => k >= 0));
    const receiving = new Set(now.filter(({ position }) => position >= 0).flatMap(({ node }) => this.marksOf(node)));
    this.keep = this.kept();
    for (const made of picture.boxes.values()) this.dressBox(made, active.has(made.k), receiving.has(made.k));
    for (const made of picture.lines.values()) this.dressLine(made);
    const lit = [...this.lit].map(([k, { back, texts }]) => [k, listedFew([...texts]), back ? "gv-grad" : "gv-text"]);
    const lanes = data.live ? this.lanes() : [];
    picture.number(step === null ? lanes : lit, step === null);
    this.slider.value = step ?? this.total;
    if (active.size) this.reveal(Math.min(...active));
    if (step !== null) this.tell(this.said(now));
    else this.tell(this.total ? `${this.total} steps: → begins, B starts the sweep` : "");
    this.inform(now);
  },

  // The boxes that stand for a node, a parameter in several places among them.
  marksOf(node) {
    this.standing ??= new WeakMap();
    if (!this.standing.has(this.view)) {
      const found = new Map();
      this.mode.prepared.smallest.forEach((box, k) => {
        for (const n of new Set([...box.nodes, ...(box.node === undefined ? [] : [box.node])])) push(found, n, this.view.markOf[k]);
      });
      this.standing.set(this.view, found);
    }
    return this.standing.get(this.view).get(node) ?? [];
  },

  dressBox(made, isNow, receives) {
    const { step, total, keep, data, tape } = this, mark = this.view.marks[made.k], told = [];
    const at = step ?? (data.live ? total : null);  // a live drawing shows what came out now
    const { value, grad, begins, leaf } = at === null ? {} : this.beats.changes[made.k];
    const later = begins < Infinity && begins >= at;
    const classes = [later && "gv-later", isNow && "gv-now", receives && "gv-gains", keep && !keep.has(made.k) && "gv-dim"];
    put(made.g, "class", classes.filter(Boolean).join(" "));
    const latest = (when) => {
      const k = bisected(when, at - 1);
      return k ? tape.events[when[k - 1]].shown : "—";
    };
    const drawn = (row) => (data.live ? this.valueNow(mark) : null) ?? row.drawn;
    let wrong = false;
    for (const row of made.rows) {
      const said = at === null || (row.word === "value" && leaf) ? drawn(row) : latest(row.word === "grad" ? grad : value);
      if (row.said !== said) this.fill(row, said, made.room);
      wrong ||= row.wrong;
      told.push(`${row.word} ${said}`);
    }
    for (const { own, drawn } of made.finals)  // a norm that is not there before the sweep is over
      own.textContent = !data.live && (step === null || step === total) ? drawn : drawn.replace(/\s*‖∂‖.*/, "");
    if (made.rows.length) {
      put(made.box, "class", `gv-${data.kinds[mark.kind][0]}${wrong ? " gv-wrong-line" : ""}`);
      put(made.box, "stroke-width", wrong ? 2.2 : made.border);
    }
    const label = [this.sentence(mark), ...told, ...(mark.opens === undefined ? [] : ["closed"])].join(", ");
    if (made.label === label) return;
    made.label = label;
    made.title.textContent = label;  // the name too: an aria-label would have to begin with the letters in the box
  },

  fill(row, said, room) {
    const { own, word, tone } = row;
    Object.assign(row, { said, wrong: /∞|NaN/.test(said) });
    own.textContent = said;
    own.setAttribute("class", row.wrong ? "gv-wrong" : tone === "wrong" ? (word === "grad" ? "gv-grad" : "gv-text") : `gv-${tone}`);
    own.removeAttribute("textLength");
    if (said.length * 4.5 < room || !own.isConnected || own.getComputedTextLength() <= room) return;
    own.setAttribute("textLength", room);
    own.setAttribute("lengthAdjust", "spacingAndGlyphs");
  },

  // A box in words, with the names of what it is made from where it stands now.
  sentence(mark) {
    if (mark.sentence) return mark.sentence;
    const { view } = this, entering = mark.entering.map((k) => view.lines[k]);
    const names = (lines) => lines.map((line) => view.marks[line.tail].name);
    const given = mark.kind === MODULE ? [[...new Set(names(entering))].join(", ")]
      : names(entering.slice().sort((a, b) => a.position - b.position));
    let k = 0;
    mark.sentence = mark.say.replace(/\u0001|\u0002/g, (sign) => (sign === "\u0002" ? mark.name : given[k++] ?? ""));
    return mark.sentence;
  },

  dressLine(made) {
    const { step, keep, data } = this, { tail, head } = this.view.lines[made.k], lit = this.lit.get(made.k);
    const unswept = step === null ? data.quiet : step <= this.beats.firstOf[made.k];
    const classes = [unswept && "gv-unswept", lit && (lit.back ? "gv-pull" : "gv-flow"),
      keep && !(keep.has(tail) && keep.has(head)) && "gv-dim"];
    put(made.g, "class", classes.filter(Boolean).join(" "));
  },

  // An operation as it was recorded, its arguments written by `write`.
  recordedAs({ node, text }, write) {
    const given = this.tape.given[node].filter((x) => typeof x === "number");
    let i = 0;
    return text.replace(/…|\u0001/g, (sign) => {
      if (sign === "\u0001") return write(this.tape.names[given[i++]]);
      i = given.length - 1;
      return sign;
    });
  },

  // The rule of a contribution in the names of the picture, with its numbers.
  ruleOf({ source, position, text }) {
    const { tape } = this, [rule, ...numbers] = text.split(" = ");
    return position < 0 ? text : [ruleTold(rule, tape.of, tape.names[source], tape.given[source].map(tape.called)), ...numbers].join(" = ");
  },

  said(now) {
    const { step, total, tape, beats, view } = this;
    if (!now.length) return `0/${total} before the first operation`;
    const forward = step - 1 < tape.recorded, event = now[now.length - 1], box = view.marks[beats.boxes[step - 1]];
    const { node, part, shown } = event, what = forward
      ? `${tape.names[node]} = ${this.recordedAs(event, (name) => name)} = ${shown}`
      : `∂${tape.of}/∂${held(tape.names[node])} += ${this.ruleOf(event)} = ${part}`;
    const more = now.length > 1 ? `${now.length} ${forward ? "operations" : "contributions"}, the last ` : "";
    const where = box?.kind === MODULE ? `${box.name}: ` : "";
    return `${step}/${total} ${forward ? "forward" : "backward"}: ${where}${more}${what}`;
  },

  // ---- from step to step -------------------------------------------------------------------------------------------
  go(k, start) {
    if (!this.total) return;
    this.step = Math.max(0, Math.min(this.total, k));
    this.from = Math.min(this.step, start ?? this.beats.starts[beatBefore(this.beats.starts, this.step)] ?? 0);
    this.render();
  },

  // By what one box does, or by one event.
  by(d, single = false) {
    this.stop();
    if (this.step === null && d > 0) return this.go(0);
    const { starts } = this.beats, step = this.step ?? this.total;
    if (single) return this.go(step + d, Math.max(0, step + d - 1));
    this.go(d > 0 ? starts[bisected(starts, step)] ?? this.total : starts[beatBefore(starts, step)] ?? 0);
  },

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.named("play");
  },

  named(what) {
    this.play.textContent = what;
    this.play.setAttribute("aria-label", what);
  },

  toggle() {
    if (this.timer) return this.stop();
    if (still()) return this.by(1);
    if (this.step === null || this.step === this.total) this.go(0);
    this.named("pause");
    this.timer = setInterval(() => {
      if (!(this.step < this.total) || !this.root.isConnected) return this.stop();
      this.go(this.beats.starts[bisected(this.beats.starts, this.step)] ?? this.total);
    }, 900);
  },

  clear() {
    this.stop();
    this.step = this.chosen = null;
    this.search.value = "";
    this.render();
  },

  // ---- what stands out ---------------------------------------------------------------------------------------------
  chosenAt() {
    return this.chosen === null ? -1 : this.view.marks.findIndex((mark) => mark.key === this.chosen);
  },

  choose(key) {
    this.chosen = this.chosen === key ? null : key;
    this.render();
  },

  // Those that lead to a box or come from it, or match the search; the others fade.
  kept() {
    const { view, tape } = this, word = this.search.value.trim().toLowerCase(), k = this.chosenAt();
    const matches = (mark) => this.sentence(mark).toLowerCase().includes(word)
      || mark.nodes.some((n) => tape.names[n]?.toLowerCase().includes(word));
    if (word) return new Set([...view.marks.keys()].filter((m) => matches(view.marks[m])));
    return k < 0 ? null : new Set([...this.reach(k, "entering", "tail"), ...this.reach(k, "leaving", "head")]);
  },

  reach(k, lines, end) {
    const there = new Set([k]);
    for (const m of there) for (const l of this.view.marks[m][lines]) there.add(this.view.lines[l][end]);
    return there;
  },

  seek() {
    this.render();
    if (this.keep) this.tell(`${this.keep.size} of ${this.view.marks.length} boxes match`);
  },
};

Object.assign(Page.prototype, Stepping);
