// Frames within frames: each is laid out alone, the innermost first, and is one box in the level around it.
// `graph_viz/layout/nested.py`. What is in a frame does not depend on what is outside, so `known` keeps levels.

const NEAR = { LR: 40, TB: 28 }, TITLE = 20, PAD = 12, ROOT = -1;

// What stands in a frame: marks, frames, and the ports of lines that come in and go out; and the links between them.
class Plan {
  constructor() {
    Object.assign(this, { items: [], numbers: new Map(), links: [], known: new Map() });
  }

  item({ kind, x }) {
    const key = `${kind} ${x}`;
    if (!this.numbers.has(key)) {
      this.numbers.set(key, this.items.length);
      this.items.push({ kind, x });
    }
    return this.numbers.get(key);
  }

  // The number of a link; several lines of one source into a frame or port share one.
  link(tailItem, headItem, line, back) {
    const tail = this.item(tailItem), head = this.item(headItem), mark = headItem.kind === "mark";
    const key = `${tail} ${head} ${line.tail} ${back}`;
    if (!this.known.has(key) || mark) {
      this.known.set(key, this.links.length);
      this.links.push({ tail, head, source: line.tail, weight: line.weight, slot: mark ? line.slot : 0, back });
    }
    return this.known.get(key);
  }
}

// Lay out a view: marks with `along` and `across` in their groups, lines between their numbers.
function nested(view, known = new Map()) {
  const { direction } = view, down = direction === "TB";
  const { plans, ways } = plansOf(view), levels = new Map(), extents = new Map();
  for (const g of [...plans.keys()].reverse()) {
    levels.set(g, levelOf(g, plans, levels, extents, view, known));
    extents.set(g, extentAcross(g, plans.get(g), levels.get(g), view));
  }
  const turned = ([u, v]) => (down ? [v, u] : [u, v]);
  const box = (u, v, along, across) => [...turned([u, v]), ...turned([along, across])];
  const middle = (g) => (extents.get(g)[0] + extents.get(g)[1]) / 2;
  const origins = new Map([[ROOT, [0, -extents.get(ROOT)[0]]]]), boxes = [], frames = new Map();
  for (const [g, plan] of plans) {  // outer frames come first
    const [u, v] = origins.get(g), level = levels.get(g), [low, high] = extents.get(g);
    plan.items.forEach(({ kind, x }, i) => {
      const [a, c] = level.places[i];
      if (kind === "mark") {
        const { along, across } = view.marks[x];
        boxes[x] = box(u + a - along / 2, v + c - across / 2, along, across);
      } else if (kind === "frame") origins.set(x, [u + a - levels.get(x).along / 2, v + c - middle(x)]);
    });
    frames.set(g, box(u, v + low, level.along, high - low));
  }
  const [, , width, height] = frames.get(ROOT);
  frames.delete(ROOT);
  const routes = ways.map((way) => thinned(way.flatMap(([g, k]) => {
    const [u, v] = origins.get(g);
    return levels.get(g).routes[k].map(([a, c]) => turned([u + a, v + c]));
  })));
  return { boxes, frames, routes, width, height };
}

// What each frame holds, outer frames before inner ones; and each line as links, numbered in their frames.
function plansOf(view) {
  const plans = new Map([[ROOT, new Plan()]]), chains = new Map([[ROOT, [ROOT]]]);
  const chain = (g) => {
    if (!chains.has(g)) chains.set(g, [...chain(view.parent[g]), g]);
    return chains.get(g);
  };
  view.marks.forEach((mark, x) => {
    let outer = ROOT;
    for (const g of chain(mark.group).slice(1)) {
      plans.get(outer).item({ kind: "frame", x: g });
      if (!plans.has(g)) plans.set(g, new Plan());
      outer = g;
    }
    plans.get(outer).item({ kind: "mark", x });
  });
  const ways = view.lines.map((line) => {
    const out = chain(view.marks[line.tail].group), into = chain(view.marks[line.head].group), way = [];
    let common = 0;
    while (common < out.length && out[common] === into[common]) common++;
    const ends = (frames, x) => [...frames.slice(1).map((g) => ({ kind: "frame", x: g })), { kind: "mark", x }];
    const tails = ends(out, line.tail), heads = ends(into, line.head);
    const add = (g, tail, head, back) => way.push([g, plans.get(g).link(tail, head, line, back)]);
    for (let k = out.length - 1; k >= common; k--) add(out[k], tails[k], { kind: "out", x: line.tail }, false);
    add(out[common - 1], tails[common - 1], heads[common - 1], line.back);
    for (let k = common; k < into.length; k++) add(into[k], { kind: "in", x: line.tail }, heads[k], false);
    return way;
  });
  const sorted = [...plans].sort((a, b) => chain(a[0]).length - chain(b[0]).length);
  return { plans: new Map(sorted), ways };
}

// Lay out one frame, whose inner frames are boxes by now.
function levelOf(g, plans, levels, extents, view, known) {
  const { items, links } = plans.get(g), down = view.direction === "TB";
  const sizes = items.map(({ kind, x }) => {
    if (kind === "mark") return [view.marks[x].along, view.marks[x].across];
    return kind === "frame" ? [levels.get(x).along, extents.get(x)[1] - extents.get(x)[0]] : [0, 0];
  });
  const port = (i, side, source) => {
    const { kind, x } = items[i];
    if (kind !== "frame") return kind === "mark" ? null : 0;
    const inner = plans.get(x).numbers.get(`${side} ${source}`);
    return levels.get(x).places[inner][1] - (extents.get(x)[0] + extents.get(x)[1]) / 2;
  };
  const sources = new Map();
  const joined = links.map((link) => {
    if (!sources.has(link.source)) sources.set(link.source, sources.size);
    const ends = { leave: port(link.tail, "out", link.source), enter: port(link.head, "in", link.source) };
    return { ...link, ...ends, source: sources.get(link.source) };
  });
  const title = g === ROOT ? 0 : view.room[g], kinds = items.map(({ kind }) => kind);
  const signature = JSON.stringify([view.direction, title, kinds, sizes, joined]);
  if (!known.has(signature)) {
    const those = (wanted) => new Set(kinds.flatMap((kind, i) => (kind === wanted ? [i] : [])));
    const lead = g === ROOT || !down ? 0 : TITLE, least = g === ROOT || down ? 0 : title + 2 * PAD;
    known.set(signature, arranged(sizes, joined, those("in"), those("out"), NEAR[view.direction], lead, least));
  }
  return known.get(signature);
}

// The extent of a frame across, with padding and, where lines run from left to right, its title.
function extentAcross(g, plan, level, view) {
  const low = level.across[0] - PAD, high = level.across[1] + PAD;
  if (g === ROOT) return [low, high];
  if (view.direction === "LR") return [low - TITLE + PAD / 2, high];
  const entering = plan.items.flatMap(({ kind }, i) => (kind === "in" ? [level.places[i][1]] : []));
  const beside = entering.length ? Math.min(...entering) : high;
  return [Math.min(low, beside - view.room[g] - 2 * PAD), high];
}

// Without points that repeat the one before, or stand on a level line.
function thinned(points) {
  const kept = [];
  for (const p of points) {
    const a = kept[kept.length - 1], b = kept[kept.length - 2];
    if (a && Math.abs(p[0] - a[0]) + Math.abs(p[1] - a[1]) < 1e-6) continue;
    if (b && [0, 1].some((i) => Math.abs(p[i] - a[i]) + Math.abs(a[i] - b[i]) < 1e-6)) kept.pop();
    kept.push(p);
  }
  return kept;
}
