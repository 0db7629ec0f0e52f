// What is said below the picture: of the chosen box, else of this step, its rule as mathematics, and what was added.

const SAID = 8, MAPS = 3;  // lines of a step; arrays of it that are shown

const Panel = {
  inform(now) {
    const { panel, picture, tape, step, total } = this, k = this.chosenAt(), mark = this.view.marks[k];
    const n = mark ? mark.node : now[now.length - 1]?.node;
    panel.replaceChildren();
    if (mark) {
      panel.append(make("p", {}, [...picture.boxes.values()].find((made) => made.k === k)?.label ?? this.sentence(mark)));
      if (mark.opens !== undefined) panel.append(this.button("open this module", "open", () => this.open(mark.opens, true), "Enter"));
      const came = (tape.gains.get(n) ?? []).filter((e) => e < (step ?? total));
      if (came.length) panel.append(make("ul", { "aria-label": "gradient" }, ...came.map((e) => this.gained(e))));
    } else if (now.length) {
      const lines = this.seen(now).map((e) => (e < tape.recorded ? this.computed(e) : this.gained(e)));
      panel.append(make("ul", { "aria-label": "step" }, ...lines));
    }
    const back = mark || step - 1 < tape.recorded ? [] : [...new Set(this.seen(now).map((e) => tape.events[e].node))];
    for (const node of back.length ? back.slice(-MAPS) : [n]) this.arrays(node);
  },

  // The value of a node and its gradient so far, beside each other.
  arrays(n) {
    const { tape, step, total, panel } = this, e = (tape.gains.get(n) ?? []).filter((k) => k < (step ?? total)).pop();
    const name = tape.names[n], gradient = tape.events[e]?.heat;
    if (tape.heat[n] && (step === null || !(tape.when.get(n) >= step)))
      panel.append(this.warm(tape.heat[n], nameIn(name), `heat-map of ${name}`));
    if (gradient) panel.append(this.warm(gradient, partial(tape.of, name), `heat-map of ∂${tape.of}/∂${name}`));
  },

  // Of the events of a box the last ones that are seen from outside.
  seen(now) {
    const { tape, beats, from } = this, all = now.map((_, i) => from + i);
    const leaves = (e) => tape.events[e].position < 0 || this.marksOf(tape.events[e].node).some((k) => k !== beats.boxes[e]);
    const outside = all.filter((e) => (e < tape.recorded ? !all.some((later) => this.uses(later, e)) : leaves(e)));
    return (outside.length ? outside : all).slice(-SAID);
  },

  // Whether one operation that was recorded takes the result of another.
  uses(later, e) {
    const { events, given } = this.tape;
    return given[events[later].node].includes(events[e].node);
  },

  computed(e) {
    const event = this.tape.events[e], elements = [];
    const [said] = this.recordedAs(event, (name) => `\u0001${elements.push(nameIn(name)) - 1}\u0002`).split(" = ");
    const [, numbers] = event.text.split(" = ");
    const left = math("math", math("mrow", nameIn(this.tape.names[event.node]), math("mo", "="), formula(said, elements)));
    return make("li", { class: "gv-value" }, left, `${numbers ? ` = ${numbers}` : ""} = ${event.shown}`);
  },

  // The local rule, what it gives, and what that was added to.
  gained(e) {
    const { tape } = this, { node, source, position, text, part, shown } = tape.events[e];
    const left = partial(tape.of, tape.names[node]), [rule, numbers] = text.split(" = ");
    if (position < 0) return make("li", {}, math("math", left), ` = ${shown}, where ${text}`);
    const given = tape.given[source].map((x) => tape.called(x));
    const right = ruleIn(rule, tape.of, tape.names[source], given);
    const before = tape.gains.get(node).filter((k) => k < e).pop();
    const sum = before === undefined ? "" : `, added to ${tape.events[before].shown}: ${shown}`;
    return make("li", {}, math("math", math("mrow", left, math("mo", "+="), right)),
      `${numbers && numbers !== part ? ` = ${numbers}` : ""} = ${part}  from ${tape.names[source]}${sum}`);
  },

  // Cells between two colours, zero without any; the ends of the scale are the greatest number and minus that.
  warm({ shape, cells, most, numbers, means }, title, label) {
    const rows = cells.split("/"), texts = numbers?.split("/").map((row) => row.split(" "));
    const [w, h] = texts ? [46, 20] : [11, 11], [width, height] = [w * rows[0].length, h * rows.length];
    const said = `${label}, ${shape}, ${texts ? numbers.replaceAll("/", "; ") : `from −${most} to ${most}`}`;
    const map = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said });
    rows.forEach((row, y) => [...row].forEach((c, x) => {
      const level = c === "?" ? 7 : c.charCodeAt(0) - 104, tone = c === "?" ? "gv-wrong" : level < 0 ? "gv-grad" : "gv-cool";
      map.append(element("rect", { x: x * w, y: y * h, width: w, height: h, class: tone, "fill-opacity": 0.6 * Math.abs(level) / 7 }));
      if (texts) map.append(element("text", { x: (x + 0.5) * w, y: (y + 0.7) * h, "text-anchor": "middle", class: "gv-text" }, texts[y][x]));
    }));
    const caption = make("figcaption", {}, math("math", title), ` ${shape}${means ? `, ${means}` : ""}`);
    const scale = make("span", { class: "gv-scale", "aria-hidden": "true" }, `−${most}`, make("i"), most);
    return make("figure", {}, caption, map, ...(Number(most) === 0 ? [] : [scale]));
  },
};

Object.assign(Page.prototype, Panel);
