// What of a drawing one can touch: inputs to change, values and gradients that follow, and lines that say what they carry.

const SIDE = 12;  // rows and columns of a heat-map
const SHOWN = 8, CONTROLS = 16, LABELLED = 40, SHORT = 10, ROOM = 8, THIN = 0.7, THICK = 2.1, DECADES = 4;
const LETTER = new RegExp(VARIABLE.source, "gu"), NO_FORMULA = /[\p{L}]{2,}|[@⊗ᵀΣ′]/u, WORDS = /\b(exp|log|sin|cos|sinh|cosh|sign|round)\b/g;

// A number as a box for one holds it: with as many digits as there is room for.
function fitting(v) {
  const texts = Array.from({ length: 17 }, (_, k) => Number(v.toPrecision(17 - k))).filter(Number.isFinite).map(String);
  return texts.find((text) => text.length <= ROOM) ?? String(v);
}

// A number as everywhere in the drawing (`style.number`).
function written(v) {
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "NaN" : v < 0 ? "−∞" : "∞";
  const digits = Number(v.toPrecision(4)), size = digits && Math.floor(Math.log10(Math.abs(digits)));
  const text = size < -4 || size >= 4 ? v.toExponential(3).replace(/\.?0+e/, "e").replace(/e\+?(-?)/, "e$1") : String(digits);
  return (v === 0 ? "0" : text).replace(/-/g, "−");
}

function spanOf(array) {
  let low = Infinity, high = -Infinity;
  for (const v of array) {
    if (Number.isNaN(v)) return "NaN";
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return array.length === 1 ? written(array[0]) : array.length ? `${written(low)} … ${written(high)}` : "—";
}

// The heat-map of an array anew, whose first one was `before` (`page/heat.py`).
function heatOf(array, columns, before) {
  const rows = array.length / columns, cuts = (n) => [...new Set(Array.from({ length: SIDE }, (_, k) => Math.floor((k * n) / SIDE)))];
  const ends = (starts, n) => starts.map((a, k) => [a, starts[k + 1] ?? n]), blocks = ends(cuts(rows), rows).map(([a, b]) => ends(cuts(columns), columns).map(([c, d]) => {
    let sum = 0;
    for (let i = a; i < b; i++) for (let j = c; j < d; j++) sum += array[i * columns + j];
    return sum / ((b - a) * (d - c));
  }));
  const greatest = Math.max(...blocks.flat().map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
  const letter = (v) => (Number.isFinite(v) ? "abcdefghijklmno"[Math.round((v / (greatest || 1)) * 7) + 7] : "?");
  const listed = () => Array.from({ length: rows }, (_, i) => [...array.slice(i * columns, (i + 1) * columns)].map(written).join(" ")).join("/");
  const found = { ...before, cells: blocks.map((row) => row.map(letter).join("")).join("/"), most: written(greatest) };
  return before.numbers ? { ...found, numbers: listed() } : found;
}

// A formula with numbers for its letters (`rules_text.filled`).
function filled(text, numbers) {
  return text.replace(LETTER, (letter, place) => {
    const known = numbers[letter] ?? letter, next = text[place + letter.length];
    const alone = (!place || text[place - 1] === "(") && next !== "²" && next !== "^";
    return known[0] === "−" && !alone ? `(${known})` : known;
  });
}

// Whether two formulas say the same: brackets and spaces say nothing.
const sameText = (one, other) => one.replace(/[()\s]/g, "") === other.replace(/[()\s]/g, "");

const isFormula = (text) => !NO_FORMULA.test(text.replace(WORDS, ""));

const Touch = {
  // Take up the program that came with the drawing.
  enliven() {
    const { live } = this.data;
    this.machine = new Machine(live);
    for (const event of this.tape.events) {
      const [rule, ...numbers] = event.text.split(" = ");
      Object.assign(event, { rule: this.changing(event, rule), counted: numbers.length > 0 });
      if (!event.counted) event.text = event.rule;
    }
    this.furnishInputs();
    this.furnishCode();
    this.compute();
    const { stage } = this;
    for (const name of ["pointerover", "focusin"]) stage.addEventListener(name, (e) => this.point(e.target));
    for (const name of ["pointerleave", "focusout"]) stage.addEventListener(name, () => this.point(null));
  },

  // An operation with how its constants are computed, where they depend on the inputs.
  changing({ node, source }, text) {
    const { constants } = this.data.live, given = this.tape.given[node], called = given.map((_, i) => constants[`${node} ${i}`]?.[1]);
    if (source !== undefined || !called.some(Boolean)) return text;
    const words = given.map((x, i) => called[i] ?? (typeof x === "number" ? "\u0001" : x)), [, op] = text.match(/^([^ (]+)\(/) ?? [];
    return op ? `${op}(${words.join(", ")})` : words.join(text.match(/ [^ ]+ /)[0]);
  },

  valueOf(k) { return this.machine.V[this.data.live.nodes[k]]; },
  gradientOf(k) { return this.machine.G[this.data.live.nodes[k]]; },

  // What came back to argument `position` of node k.
  partOf(k, position) {
    const [n, slot] = this.data.live.slots[`${k} ${position}`] ?? [];
    return this.machine.parts[n]?.[slot] ?? [0];
  },

  // An argument as it is written: a node, a constant, or one that depends on the inputs.
  argumentOf(k, position) {
    const x = this.tape.given[k][position], n = this.data.live.constants[`${k} ${position}`]?.[0];
    return typeof x === "number" ? spanOf(this.valueOf(x)) : n === undefined ? x : spanOf(this.machine.V[n]);
  },

  // What a box shows that no step computes: a leaf, or a constant that depends on the inputs.
  valueNow({ kind, node, leaving }) {
    if (node !== undefined && kind !== CONSTANT) return this.tape.values.get(node);
    const { head, position } = this.view.lines[leaving[0]] ?? {}, [n] = this.data.live.constants[`${this.view.marks[head]?.node} ${position}`] ?? [];
    return n === undefined ? null : spanOf(this.machine.V[n]);
  },

  // Run the program, and tell the steps what came out.
  compute() {
    const { machine, tape } = this, sums = new Map(), { shapes } = this.data.live;
    machine.forward();
    machine.backward();
    tape.names.forEach((_, k) => {
      tape.values.set(k, spanOf(this.valueOf(k)));
      if (tape.heat[k]) tape.heat[k] = heatOf(this.valueOf(k), shapes[k].at(-1), tape.heat[k]);
    });
    tape.events.forEach((event, e) => {
      const { node, source, position, rule, counted } = event;
      if (e < tape.recorded) {
        event.shown = tape.values.get(node);
        if (counted) event.text = `${rule} = ${this.filledIn(event)}`;
        return;
      }
      const part = position < 0 ? this.gradientOf(node) : this.partOf(source, position), sum = sums.get(node);
      sums.set(node, sum ? sum.map((v, i) => v + part[i]) : Float64Array.from(part));
      event.part = spanOf(part);
      event.shown = spanOf(sums.get(node));
      if (event.heat) event.heat = heatOf(sums.get(node), shapes[node].at(-1), event.heat);
      if (counted && position >= 0) event.text = `${rule} = ${filled(rule, this.lettersOf(source))}`;
    });
  },

  // The numbers for the letters of the rule of a node.
  lettersOf(k) {
    const given = this.tape.given[k], letters = given.length === 1 ? ["x"] : ["a", "b"];
    const numbers = { ȳ: spanOf(this.gradientOf(k)), y: spanOf(this.valueOf(k)) };
    letters.forEach((letter, i) => { numbers[letter] = this.argumentOf(k, i); });
    return numbers;
  },

  // An operation as it was recorded, with numbers for its arguments.
  filledIn({ node, rule }) {
    const infix = !/^[^ ]+\(.*\)$/.test(rule), nodes = this.tape.given[node].map((x, i) => [x, i]).filter(([x]) => typeof x === "number");
    let i = 0;
    return rule.replace(/\u0001/g, () => {
      const text = this.argumentOf(node, nodes[i++][1]);
      return infix && text[0] === "−" ? `(${text})` : text;
    });
  },

  // ---- inputs ------------------------------------------------------------------------------------------------------
  furnishInputs() {
    const { machine } = this, { leaves } = this.data.live, box = make("fieldset", { class: "gv-inputs" }, make("legend", {}, "inputs"));
    const count = leaves.reduce((n, { number }) => n + machine.V[number].length, 0), controls = make("div", { class: "gv-controls" });
    this.recorded = leaves.map(({ number }) => machine.V[number].slice());
    this.shownInputs = [];
    const show = (k) => controls.replaceChildren(...this.controlsOf(k));
    if (count <= CONTROLS) controls.append(...leaves.flatMap((_, k) => this.controlsOf(k)));
    else {
      const choose = make("select", { "aria-label": "which input", onchange: () => { this.shownInputs = []; show(+choose.value); } },
        ...leaves.map(({ name }, k) => make("option", { value: k }, name)));
      box.append(choose);
      show(0);
    }
    box.append(controls, this.button("reset: inputs as they were recorded", "reset", () => this.reset()));
    this.root.querySelector(".gv-bar").after(box);
  },

  // A slider and a box for each element of a leaf; of many for one that is chosen.
  controlsOf(k) {
    const { name, number, shape } = this.data.live.leaves[k], array = this.machine.V[number];
    const called = (i) => {
      const index = shape.map((_, axis) => Math.floor(i / shape.slice(axis + 1).reduce((n, m) => n * m, 1)) % shape[axis]);
      return shape.length ? `${name}[${index.join(", ")}]` : name;
    };
    if (array.length <= SHOWN) return [...array.keys()].map((i) => this.control(k, i, called(i)));
    const place = make("span", {}, this.control(k, 0, called(0))), choose = make("select", { "aria-label": `element of ${name}`,
      onchange: () => { this.shownInputs = this.shownInputs.filter((each) => each.k !== k); place.replaceChildren(this.control(k, +choose.value, called(+choose.value))); } },
    ...[...array.keys()].map((i) => make("option", { value: i }, called(i))));
    return [choose, place];
  },

  control(k, i, name) {
    const { number } = this.data.live.leaves[k], start = this.recorded[k][i], twice = 2 * Math.abs(start);
    const reach = Number.isNaN(twice) ? 3 : Math.min(Math.max(3, twice), Number.MAX_VALUE / 2);
    const values = this.machine.V[number], set = (text, follow) => {
      if (text === "" || Number.isNaN(Number(text))) return;
      values[i] = Number(text);
      follow();
      this.changed(name, values[i]);
    };
    const slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 300, "aria-label": `${name}, slider`, oninput: () => set(slider.value, show) });
    // All digits while one types, else those that fit.
    const box = make("input", { type: "number", step: "any", "aria-label": name, oninput: () => set(box.value, slide), onblur: () => show(), onfocus: () => {
      if (box.title) box.value = box.title;
      box.select();
    } });
    // Neither holds what is not finite: that is written where a number is missing.
    const show = () => {
      const v = values[i], text = Number.isFinite(v) ? fitting(v) : "";
      Object.assign(box, { value: text, placeholder: written(v), title: text && text !== String(v) ? v : "" });
    };
    const slide = () => { slider.value = Number.isNaN(values[i]) ? 0 : Math.max(-reach, Math.min(values[i], reach)); };
    const write = () => { show(); slide(); };
    write();
    this.shownInputs.push({ k, i, write });
    return make("label", {}, make("span", {}, ...lowIn(name, (stem, low) => make("span", {}, stem, make("sub", {}, low)), (part) => part)), slider, box);
  },

  changed(name, v) {
    this.compute();
    this.render();
    const { tape } = this, out = tape.names.length - 1;
    this.tell(`${name} = ${written(v)}: ${tape.names[out]} = ${tape.values.get(out)}`);
  },

  reset() {
    this.data.live.leaves.forEach(({ number }, k) => this.machine.V[number].set(this.recorded[k]));
    for (const { write } of this.shownInputs) write();
    this.compute();
    this.render();
    this.tell("inputs as they were recorded");
  },

  // ---- lines -------------------------------------------------------------------------------------------------------
  // Of each line of the view the contributions that came back along it.
  crossed() {
    const { view, tape, mode } = this;
    if (view.crossed) return view.crossed;
    view.crossed = new Map();
    tape.events.forEach(({ source, position }, e) => {
      if (!(position >= 0)) return;
      const lines = new Set(mode.crossings.along(source, position).map((small) => view.lineOf[small]));
      for (const line of lines) if (line >= 0) push(view.crossed, line, e);
    });
    return view.crossed;
  },

  // Lanes as wide as what they carry, and a text for each.
  lanes() {
    const lengths = new Map(), { tape, picture, view } = this, few = view.lines.length <= LABELLED, texts = [];
    for (const [line, events] of this.crossed()) {
      const squares = events.map((e) => this.partOf(tape.events[e].source, tape.events[e].position).reduce((s, v) => s + v * v, 0));
      lengths.set(line, Math.sqrt(squares.reduce((s, v) => s + v, 0)));
    }
    const greatest = Math.max(0, ...[...lengths.values()].filter(Number.isFinite));
    for (const made of picture.lines.values()) {
      const lane = made.g.children[2], length = lengths.get(made.k), events = this.crossed().get(made.k);
      if (!lane?.matches(".gv-grad-line") || length === undefined) continue;
      const share = Number.isFinite(length) && greatest ? (length ? 1 + Math.log10(length / greatest) / DECADES : 0) : 0.2;
      put(lane, "stroke-width", (THIN + (THICK - THIN) * Math.min(1, Math.max(0, share))).toFixed(2));
      const said = listedFew([...new Set(events.map((e) => tape.events[e].part))]);
      if (said.length <= SHORT) texts.push([made.k, said, "gv-grad"]);
      if (!few) continue;
      const { tail, head } = view.lines[made.k];
      put(made.g, "tabindex", 0);
      put(made.g, "role", "img");
      put(made.g, "aria-label", `gradient of ${view.marks[tail].name} by way of ${view.marks[head].name}: ${said}`);
    }
    return few ? texts : [];
  },

  // ---- what is pointed at ------------------------------------------------------------------------------------------
  point(target) {
    const line = target?.closest?.("[data-ends]"), mark = target?.closest?.("[data-mark]"), { picture, view } = this;
    for (const g of this.stage.querySelectorAll(".gv-here")) g.classList.remove("gv-here");
    const found = (kept, g) => [...kept.values()].find((each) => each.g === g);
    const made = line && found(picture.lines, line), boxed = mark && found(picture.boxes, mark);
    if (made) {
      const { tail, head } = view.lines[made.k];
      made.g.classList.add("gv-here");
      for (const each of picture.boxes.values()) each.g.classList.toggle("gv-here", each.k === tail || each.k === head);
      this.explainLine(made.k);
    } else if (boxed) {
      this.near(mark, true);
      this.explainBox(view.marks[boxed.k]);
    } else if (this.pointed) {
      this.pointed = false;
      this.inform(this.step ? this.tape.events.slice(this.from, this.step) : []);
      this.lightCode(this.step ? [this.tape.events[this.step - 1]] : []);
    }
  },

  explainLine(k) {
    const { tape, panel } = this, events = this.crossed().get(k) ?? [];
    if (!events.length) return;
    this.pointed = true;
    const { node, source } = tape.events[events[0]], terms = (tape.gains.get(node) ?? []).slice(0, SHOWN);
    const items = terms.map((e) => {
      const item = this.term(e);
      if (events.includes(e)) item.classList.add("gv-term");
      return item;
    });
    panel.replaceChildren(this.numbersOf(node), make("ul", { "aria-label": `what ∂${tape.of}/∂${tape.names[node]} is the sum of` }, ...items));
    this.lightCode([{ node: source }]);
  },

  explainBox(mark) {
    const { tape, panel } = this, node = mark.node ?? mark.shows?.[0];
    if (node === undefined) return;
    this.pointed = true;
    const terms = (tape.gains.get(node) ?? []).slice(0, SHOWN).map((e) => this.term(e));
    panel.replaceChildren(this.numbersOf(node), make("ul", { "aria-label": "gradient" }, ...terms));
    this.lightCode(mark.nodes.concat(node).map((each) => ({ node: each })));
  },

  // The value and the gradient of a node, every number of a few.
  numbersOf(k) {
    const list = (array) => (!array ? "—" : array.length > SHOWN ? spanOf(array) : [...array].map(written).join("  ")), name = this.tape.names[k];
    return make("p", {}, `${name} = ${list(this.valueOf(k))}`, make("br"), make("span", { class: "gv-grad-text" }, `∂${this.tape.of}/∂${held(name)} = ${list(this.gradientOf(k))}`));
  },

  // A term of a gradient: upstream times local, with the numbers.
  term(e) {
    const { tape } = this, { source, position, rule, part, counted } = tape.events[e], name = tape.names[source];
    if (position < 0) return make("li", {}, math("math", partial(tape.of, tape.names[tape.events[e].node])), " = 1: the sweep starts here");
    const { constants } = this.data.live, given = tape.given[source].map((x, i) => constants[`${source} ${i}`]?.[1] ?? tape.called(x)), upstream = math("math", partial(tape.of, name));
    const numbers = this.lettersOf(source), known = filled(rule, numbers);
    const item = make("li", {}, math("math", ruleIn(rule, tape.of, name, given)), ` = ${counted && known !== part ? `${known} = ` : ""}${part}`);
    if (isFormula(rule)) {
      const local = rule.replace("ȳ·", "").replace("ȳ", "1"), letters = given.length === 1 ? { x: given[0] } : { a: given[0], b: given[1] };
      const found = filled(local, numbers), said = counted && !sameText(found, filled(local, { y: name, ...letters })) ? ` = ${found}` : "";
      item.append(make("span", { class: "gv-note" }, "  upstream ", upstream, ` = ${spanOf(this.gradientOf(source))}, local `, math("math", ruleIn(local, tape.of, name, given)), said));
    }
    return item;
  },

  // ---- code --------------------------------------------------------------------------------------------------------
  furnishCode() {
    const { source, lines } = this.data.live;
    this.codeLines = source.map((text, k) => make("li", { onpointerover: () => this.lightNodes(k), onpointerleave: () => this.point(null) }, make("code", {}, text || " ")));
    this.nodesAt = source.map((_, k) => lines.flatMap((line, n) => (line === k ? [n] : [])));
    if (source.length) this.legend.before(make("details", { class: "gv-code", open: "" }, make("summary", {}, "code"), make("ol", { tabindex: 0, "aria-label": "lines of code" }, ...this.codeLines)));
  },

  lightCode(events) {
    const { lines } = this.data.live, lit = new Set(events.map(({ node, source }) => lines[source ?? node]));
    this.codeLines.forEach((item, k) => item.classList.toggle("gv-lit", lit.has(k)));
  },

  lightNodes(k) {
    const marks = new Set(this.nodesAt[k].flatMap((n) => this.marksOf(n)));
    this.codeLines.forEach((item, i) => item.classList.toggle("gv-lit", i === k && marks.size > 0));
    for (const each of this.picture.boxes.values()) each.g.classList.toggle("gv-here", marks.has(each.k));
    this.pointed = true;
  },
};

Object.assign(Page.prototype, Touch);
