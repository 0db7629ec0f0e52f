// How far apart the vertices of a column stand, each as near as possible to where its lines are straight:
// `graph_viz/layout/align.py`; and whole straight parts that move as one: `graph_viz/layout/straighten.py`.

const PASSES = 18, LAST = 3, BOXES = 16, LINES = 9, NUDGE = 5, PARTS = 300, AGAIN = 6, EVEN = 0.01, BEND = 4;

function align(net) {
  const gaps = net.rows.map((row) => gapsOf(net, row)), next = new Map(), before = new Map();
  net.rows.forEach((row, c) => {
    let at = -gaps[c].reduce((sum, gap) => sum + gap, 0) / 2;
    row.forEach((v, i) => {
      net.across[v] = at;
      if (i === gaps[c].length) return;
      at += gaps[c][i];
      next.set(v, [row[i + 1], gaps[c][i]]);
      before.set(row[i + 1], [v, gaps[c][i]]);
    });
  });
  const columns = [...net.rows.keys()];
  for (let k = 0; k < PASSES; k++) {
    const both = k >= PASSES / 2, even = k % 2 === 0;
    for (const c of even ? columns : columns.slice().reverse()) {
      const wishes = net.rows[c].map((v) => wishesOf(net, v, both || even, both || !even));
      settled(wishes, gaps[c]).forEach((place, i) => { net.across[net.rows[c][i]] = place; });
    }
    if (k >= PASSES - LAST && net.column.length <= PARTS) straighten(net, next, before);
  }
}

const gapsOf = (net, row) =>
  row.slice(1).map((b, i) => net.half[row[i]] + net.half[b] + (net.half[row[i]] && net.half[b] ? BOXES : LINES));

function wishesOf(net, v, back, ahead) {
  const wishes = [];
  if (back) for (const s of net.before[v]) wishes.push([net.across[s.tail] + s.leave - s.enter, s.weight]);
  if (ahead) for (const s of net.behind[v]) wishes.push([net.across[s.head] + s.enter - s.leave, s.weight]);
  return wishes.length ? wishes : [[net.across[v], 0.01]];
}

// Let a line that is all but straight leave its box a little beside the middle, and so be straight.
function nudge(net) {
  for (const leaving of net.behind) {
    if (leaving.length !== 1) continue;
    const [s] = leaving, climb = net.across[s.head] + s.enter - net.across[s.tail] - s.leave;
    if (s.free && Math.abs(climb) <= Math.min(NUDGE, net.half[s.tail] / 2)) s.leave += climb;
  }
}

// Places, at least the gaps apart, that make the weighted distances to all wishes least: isotonic regression.
function settled(wishes, gaps) {
  const offsets = [0], blocks = [], places = [];
  for (const gap of gaps) offsets.push(offsets[offsets.length - 1] + gap);
  wishes.forEach((own, k) => {
    let block = own.map(([place, weight]) => [place - offsets[k], weight]), place = median(block), count = 1;
    while (blocks.length && blocks[blocks.length - 1][0] > place) {
      const [, more, others] = blocks.pop();
      block = others.concat(block);
      count += more;
      place = median(block);
    }
    blocks.push([place, count, block]);
  });
  for (const [place, count] of blocks) for (let i = 0; i < count; i++) places.push(place + offsets[places.length]);
  return places;
}

// The weighted median; the middle, where a whole interval is.
function median(wishes) {
  wishes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let half = 0, below = 0;
  for (const [, weight] of wishes) half += weight;
  half /= 2;
  for (let i = 0; i < wishes.length; i++) {
    below += wishes[i][1];
    if (below > half * (1 + 1e-9)) return wishes[i][0];
    if (below >= half * (1 - 1e-9) && i + 1 < wishes.length) return (wishes[i][0] + wishes[i + 1][0]) / 2;
  }
  return wishes[wishes.length - 1][0];
}

// ---- parts that hang together by straight segments, moved as one ------------------------------------------------------

function straighten(net, next, before) {
  const segments = net.before.flat().map((s, i) => [s, i]);
  segments.sort((a, b) => b[0].weight - a[0].weight || a[1] - b[1]);
  const parts = new Parts(net, segments.map(([s]) => s), next, before);
  for (let r = 0; r < AGAIN; r++) {
    let any = false;
    for (const [s] of segments) any = parts.straightened(s) || any;
    if (!any) break;
  }
}

class Parts {
  constructor(net, segments, next, before) {
    const outweighs = (s, others) => others.every((other) => s === other || s.weight > other.weight);
    const mains = segments.filter((s) => outweighs(s, net.behind[s.tail]) && outweighs(s, net.before[s.head]));
    Object.assign(this, { net, next, before, mains: new Set(mains), known: new Map() });
  }

  // Move the part of one end of a segment to where the segment is straight, if that is better; whether it was.
  straightened(s) {
    const climb = this.climb(s);
    if (Math.abs(climb) <= EVEN || this.part(s.tail) === this.part(s.head)) return false;
    for (const [start, way] of [[s.tail, climb], [s.head, -climb]]) {
      const side = way > 0 ? 1 : -1, moved = this.pushed(start, Math.abs(way), side);
      if (this.gained(moved, side) > EVEN) {
        for (const [v, far] of moved) this.net.across[v] += side * far;
        this.known.clear();
        return true;
      }
    }
    return false;
  }

  climb(s) {
    return this.net.across[s.head] + s.enter - this.net.across[s.tail] - s.leave;
  }

  part(start) {
    const known = this.known.get(start);
    if (known) return known;
    const found = [start];
    this.known.set(start, found);
    for (const v of found) {
      for (const s of this.net.before[v].concat(this.net.behind[v])) {
        const w = s.head === v ? s.tail : s.head;
        if (this.known.has(w) || Math.abs(this.climb(s)) > EVEN) continue;
        this.known.set(w, found);
        found.push(w);
      }
    }
    return found;
  }

  // How far everything moves if the part of a vertex moves, and pushes what is in its way.
  pushed(start, way, side) {
    const moved = new Map(), stack = [[start, way]], neighbours = side > 0 ? this.next : this.before;
    while (stack.length) {
      const [v, far] = stack.pop();
      for (const w of this.part(v)) {
        if ((moved.get(w) ?? 0) >= far - 1e-9) break;
        moved.set(w, far);
        if (!neighbours.has(w)) continue;
        const [near, gap] = neighbours.get(w);
        const push = far + gap - side * (this.net.across[near] - this.net.across[w]);
        if (push > (moved.get(near) ?? 0) + 1e-9) stack.push([near, push]);
      }
    }
    return moved;
  }

  // How much straighter everything is when these have moved.
  gained(moved, side) {
    let sum = 0;
    for (const [v, far] of moved) {
      for (const s of this.net.before[v]) {
        const other = moved.get(s.tail) ?? 0, climb = this.climb(s);
        if (other !== far) sum += this.cost(s, climb) - this.cost(s, climb + side * (far - other));
      }
      for (const s of this.net.behind[v]) {
        const climb = this.climb(s);
        if (!moved.has(s.head)) sum += this.cost(s, climb) - this.cost(s, climb - side * far);
      }
    }
    return sum;
  }

  cost(s, climb) {
    return s.weight * (Math.abs(climb) + (Math.abs(climb) > EVEN && this.mains.has(s) ? BEND : 0));
  }
}
