// What happens in which step. An event is one operation that is recorded, or one contribution to a gradient
// (`events.py`); a beat is what one box does in one go.

// The tape of a page: names, arguments and events, in the order in which they happen.
function tapeOf(data) {
  const { tape, texts } = data, names = tape.name.map((t, n) => (t < 0 ? `%${n}` : texts[t]));
  // Of each node its arguments: nodes as numbers, constants as texts.
  const given = (tape.arguments ?? []).map((all, n) => all.map((x) => (typeof x === "number" ? n - x : x)));
  const { recorded: made, swept } = tape, events = [];
  if (made) {
    const nodes = [...given.keys()].filter((n) => given[n].length), sources = summed(swept.source);
    nodes.forEach((node, k) => events.push({ node, text: texts[made.text[k]], shown: made.shown[k] }));
    sources.forEach((source, k) => {
      const position = swept.position[k], node = position < 0 ? source : given[source][position], shown = swept.shown[k];
      events.push({ node, source, position, text: texts[swept.text[k]], shown, part: swept.part[k] || shown, heat: swept.heat[k] });
    });
  }
  const recorded = made ? made.text.length : 0;
  const values = new Map(Object.entries(tape.leaves ?? {}).map(([n, text]) => [+n, text])), when = new Map(), gains = new Map();
  events.forEach((event, k) => {
    if (k < recorded) {
      values.set(event.node, event.shown);
      when.set(event.node, k);
    } else push(gains, event.node, k);
  });
  const called = (x) => (typeof x === "number" ? names[x] : x);
  return { names, events, recorded, values, when, gains, given, called, heat: tape.heat, of: tape.of };
}

// Which smallest lines of a structure each argument of each node runs along.
function crossingsOf(prepared, tape) {
  const { lines, smallest } = prepared, homes = new Map(), entering = smallest.map(() => []), known = new Map();
  for (const box of smallest) if (box.bits & COMPUTES) for (const n of box.nodes) homes.set(n, box);
  for (let k = 0; k < prepared.count; k++) entering[lines.head[k]].push(k);
  const holds = (k, x) => {
    const { kind, node, nodes } = smallest[lines.tail[k]];
    return typeof x === "number" ? node === x || nodes.includes(x) : !nodes.length && kind !== STATE;
  };
  function found(n, position) {
    const home = homes.get(n), x = tape.given[n][position];
    if (!home) return [];
    const there = entering[home.key], exact = home.bits & CHAIN ? [] : there.filter((k) => lines.position[k] === position);
    const through = exact.filter((k) => smallest[lines.tail[k]].kind === STATE);
    if (!through.length) {
      const own = exact.filter((k) => holds(k, x));
      return own.length ? own : there.filter((k) => holds(k, x));
    }
    const before = through.flatMap((k) => entering[lines.tail[k]]).filter((k) => holds(k, x));
    const initial = home.nodes[0] === n ? INITIAL : TO_NEXT;
    return [...through, ...(before.length > 1 ? before.filter((k) => lines.bits[k] & initial) : before)];
  }
  const along = (n, position) => {
    const key = n * 4096 + position;
    if (!known.has(key)) known.set(key, found(n, position));
    return known.get(key);
  };
  // When a gradient first comes back along each smallest line.
  const first = new Float64Array(prepared.count).fill(Infinity);
  tape.events.forEach((event, e) => {
    if (e >= tape.recorded && event.position >= 0)
      for (const k of along(event.source, event.position)) first[k] = Math.min(first[k], e);
  });
  return { homes, along, first };
}

// The beats of a view: where each begins, for the box whose turn it is; and of each mark, when its rows change.
function beatsOf(view, tape, crossings) {
  const starts = [], boxOf = (n) => view.markOf[crossings.homes.get(n)?.key] ?? -1;
  let last = null;
  const boxes = tape.events.map((event, k) => boxOf(k < tape.recorded ? event.node : event.source));
  tape.events.forEach((event, k) => {
    const own = k === tape.recorded || event.position === -1 || boxes[k] !== last;
    if (own) starts.push(k);
    last = event.position === -1 ? null : boxes[k];
  });
  const firstOf = new Float64Array(view.lines.length).fill(Infinity);
  view.lineOf.forEach((k, small) => { if (k >= 0) firstOf[k] = Math.min(firstOf[k], crossings.first[small]); });
  const changes = view.marks.map((mark) => {
    const value = mark.shows.filter((n) => tape.when.has(n)).map((n) => tape.when.get(n)).sort((a, b) => a - b);
    const grad = mark.shows.flatMap((n) => tape.gains.get(n) ?? []).sort((a, b) => a - b);
    const own = mark.nodes.filter((n) => tape.when.has(n)).map((n) => tape.when.get(n));
    return { value, grad, begins: own.reduce((least, k) => Math.min(least, k), Infinity), leaf: !value.length };
  });
  return { starts, boxes, firstOf, changes };
}

// The number of beats that have begun before event k.
const beatBefore = (starts, k) => bisected(starts, k - 1) - 1;

// What lights up for events from `from` up to `to`: lines of the view, each with its numbers, forward or back.
function litBy(view, tape, crossings, from, to) {
  const lit = new Map();
  const add = (small, back, text) => {
    const line = view.lineOf[small];
    if (line < 0) return;
    if (!lit.has(line)) lit.set(line, { back, texts: new Set() });
    lit.get(line).texts.add(text);
  };
  for (let k = from; k < to; k++) {
    const { node, source, position, part } = tape.events[k];
    if (k >= tape.recorded) {
      if (position >= 0) for (const small of crossings.along(source, position)) add(small, true, part);
    } else tape.given[node].forEach((x, i) => {
      for (const small of crossings.along(node, i)) add(small, false, typeof x === "number" ? tape.values.get(x) : x);
    });
  }
  return lit;
}
