// What is said below the picture: of the chosen box, else of this step, its rule as mathematics, and what was added.

const SAID = 8;  // lines of a step

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
    const known = step === null || !(tape.when.get(n) >= step);
    if (n !== undefined && tape.heat[n] && known) panel.append(this.warm(tape.heat[n], tape.names[n]));
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
      `${numbers ? ` = ${numbers}` : ""} = ${part}  from ${tape.names[source]}${sum}`);
  },

  warm(cells, name) {
    const rows = cells.split("/"), viewBox = `0 0 ${rows[0].length} ${rows.length}`;
    const map = element("svg", { viewBox, preserveAspectRatio: "none", role: "img", "aria-label": `heat-map of ${name}` });
    rows.forEach((row, y) => [...row].forEach((c, x) => {
      const level = c === "?" ? 7 : c.charCodeAt(0) - 104, tone = c === "?" ? "gv-wrong" : level < 0 ? "gv-grad" : "gv-cool";
      map.append(element("rect", { x, y, width: 1, height: 1, "fill-opacity": Math.abs(level) / 7, class: tone }));
    }));
    return map;
  },
};

Object.assign(Page.prototype, Panel);
