// One level of a layout: boxes in columns, lines from column to column. It is `graph_viz/layout/layers.py`, line by line:
// a test holds the two to the same pixels. Coordinates are (along, across) the direction of reading.

const FAR = 96, SLOPE = 0.5, MARGIN = 16;
const SPINE = 3, TO_BEND = 2, FURTHER = 4;  // weights: in a longest path, to the first bend, between bends

// Items and the bends of lines as numbered vertices, in columns, with the segments between neighbouring columns.
class Net {
  constructor(rows) {
    Object.assign(this, { column: [], half: [], across: [], before: [], behind: [], rows, slots: new Map() });
  }

  add(column, half = 0) {
    this.column.push(column);
    this.half.push(half);
    this.across.push(0);
    this.before.push([]);
    this.behind.push([]);
    return this.column.length - 1;
  }

  join(segment) {
    this.before[segment.head].push(segment);
    this.behind[segment.tail].push(segment);
    return segment;
  }

  enters(v, segment) {
    if (!this.slots.has(v)) this.slots.set(v, []);
    this.slots.get(v).push(segment);
  }
}

const newSegment = (tail, head, leave, enter, weight, slot = null) =>
  ({ tail, head, leave, enter, weight, slot, free: false, side: 0 });

// The column of each item, as early as its inputs allow, or next to its consumers if their lines weigh more; the spine.
function columnsOf(n, links, first, last) {
  const tails = Array.from({ length: n }, () => new Set());
  const heads = Array.from({ length: n }, () => new Set());
  const pull = new Float64Array(n);
  for (const { tail, head, weight } of links) {
    tails[head].add(tail);
    heads[tail].add(head);
    pull[tail] += weight;
    pull[head] -= weight;
  }
  const waiting = tails.map((t) => t.size), column = new Int32Array(n).fill(1), ready = [];
  for (const x of first) column[x] = 0;
  for (let x = 0; x < n; x++) if (!waiting[x]) ready.push(x);
  for (const x of ready) {  // grows while it is walked
    for (const y of heads[x]) {
      column[y] = Math.max(column[y], column[x] + 1);
      if (!--waiting[y]) ready.push(y);
    }
  }
  const spine = spineOf(n, ready, tails, heads);
  let end = 0;
  for (let x = 0; x < n; x++) if (!last.has(x)) end = Math.max(end, column[x]);
  for (const x of last) column[x] = end + 1;
  for (const x of ready.slice().reverse()) {
    if (heads[x].size && pull[x] > 0 && !first.has(x)) column[x] = Math.min(...[...heads[x]].map((y) => column[y])) - 1;
  }
  return [column, spine];
}

// Whether two neighbours stand on a longest path.
function spineOf(n, ready, tails, heads) {
  const depth = new Int32Array(n), height = new Int32Array(n);
  let longest = 0;
  for (const x of ready) {
    for (const y of tails[x]) depth[x] = Math.max(depth[x], depth[y] + 1);
    longest = Math.max(longest, depth[x]);
  }
  for (const x of ready.slice().reverse()) for (const y of heads[x]) height[x] = Math.max(height[x], height[y] + 1);
  return (x, y) => depth[x] + 1 + height[y] === longest;
}

// Every link cut into segments from column to column; a line back is a loop.
function waysOf(net, links, spine) {
  const shared = new Map();
  return links.map((link) => {
    const enter = link.enter ?? 0;
    if (link.back) {
      const segment = newSegment(link.tail, link.head, link.leave ?? 0, enter, 0);
      if (link.enter === null) net.enters(link.head, segment);
      return { segment, lane: 0, leaving: 0, entering: 0 };
    }
    const way = [];
    let here = link.tail, leave = link.leave ?? 0, weight = TO_BEND * link.weight;
    for (let c = net.column[here] + 1; c < net.column[link.head]; c++) {
      const key = `${link.tail} ${link.source} ${c}`;
      if (!shared.has(key)) shared.set(key, net.join(newSegment(here, net.add(c), leave, 0, weight)));
      way.push(shared.get(key));
      [here, leave, weight] = [way[way.length - 1].head, 0, FURTHER * link.weight];
    }
    weight = link.weight * (spine(link.tail, link.head) ? SPINE : 1);
    const arrives = net.join(newSegment(here, link.head, leave, enter, weight, link.slot));
    way.push(arrives);
    if (link.enter === null) net.enters(link.head, arrives);
    way[0].free = link.leave === null;
    return way;
  });
}

// Place the items of one level. `sizes` are [along, across]; links go between numbers of items.
function arranged(sizes, links, first, last, near, lead, least) {
  const [column, spine] = columnsOf(sizes.length, links.filter((link) => !link.back), first, last);
  let most = 0;
  for (const c of column) most = Math.max(most, c);
  const net = new Net(Array.from({ length: most + 2 - (last.size ? 1 : 0) }, () => []));
  sizes.forEach(([, across], x) => net.add(column[x], across / 2));
  const ways = waysOf(net, links, spine), loops = ways.filter((way) => way.segment);
  setOrder(net, loops.map((loop) => loop.segment));
  setSides(net, loops);
  setSlots(net);
  align(net);
  nudge(net);
  return coordinates(net, sizes, ways, loops, near, lead, least);
}

// Columns as wide as their widest item, and between them the room that their lines need to bend and to turn.
function coordinates(net, sizes, ways, loops, near, lead, least) {
  setLanes(net, loops);
  const n = sizes.length, end = net.rows.length - 1, starts = [], climbs = new Float64Array(net.rows.length);
  const widths = net.rows.map((row) => row.reduce((most, v) => (v < n ? Math.max(most, sizes[v][0]) : most), 0));
  widths[0] = lead;
  for (const entering of net.before) {
    for (const s of entering) {
      const climb = Math.abs(net.across[s.tail] + s.leave - net.across[s.head] - s.enter), c = net.column[s.tail];
      climbs[c] = Math.max(climbs[c], climb);
    }
  }
  let u = 0;
  widths.forEach((size, c) => {
    starts.push(u);
    const level = (c === 0 || c === end - 1) && climbs[c] < 1;
    u += size + Math.max(level ? MARGIN : Math.max(near, Math.min(FAR, SLOPE * climbs[c])), turningRoom(net, loops, c));
  });
  starts[end] = Math.max(starts[end], least);
  const stops = starts.map((start, c) => start + widths[c]);
  const places = sizes.map(([along], v) => {
    const c = net.column[v];
    const middle = net.before[v].length ? (starts[c] + stops[c]) / 2 : stops[c] - along / 2;
    return [c === 0 ? 0 : middle, net.across[v]];
  });
  let [low, high] = net.column.length ? [Infinity, -Infinity] : [0, 0];
  net.across.forEach((y, v) => {
    low = Math.min(low, y - net.half[v]);
    high = Math.max(high, y + net.half[v]);
  });
  const routes = ways.map((way) => {
    const [a, b] = way.segment ? [way.segment, way.segment] : [way[0], way[way.length - 1]];
    const from = [places[a.tail][0] + sizes[a.tail][0] / 2, net.across[a.tail] + a.leave];
    const to = [places[b.head][0] - sizes[b.head][0] / 2, net.across[b.head] + b.enter];
    if (way.segment)
      return loopWay(way, from, to, stops[net.column[a.tail]], starts[net.column[b.head]], a.side < 0 ? low : high);
    const points = way.flatMap((s) => [
      [stops[net.column[s.tail]], net.across[s.tail] + s.leave],
      [starts[net.column[s.head]], net.across[s.head] + s.enter],
    ]);
    return [from, ...points, to];
  });
  return { places, routes, along: starts[end], across: [low - lanesRoom(loops, -1), high + lanesRoom(loops, 1)] };
}
