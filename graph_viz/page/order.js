// Which of the vertices of a column stands above which, so that few lines cross: `graph_viz/layout/order.py`.

const SWEEPS = 24, PATIENCE = 6, HURRY = 3, ROUNDS = 4, REACH = 12, CROWD = 250, SLOT = 14, CORNER = 6;

function setOrder(net, loops) {
  for (const entering of net.slots.values()) for (const s of entering) s.enter = 1e-3 * (s.slot ?? 0);
  const crowd = net.column.length > CROWD;
  let best = [], fewest = -1;
  for (const [forward, mirrored] of [[false, false], [true, false], [false, true], [true, true]]) {
    net.rows = walked(net, forward, mirrored);
    let [rows, count] = swept(net, loops);
    if (count && !crowd) [rows, count] = ledOutside(net, rows, count, loops);
    if (fewest < 0 || count < fewest) [best, fewest] = [rows, count];
    if (!fewest || crowd) break;
  }
  net.rows = best;
}

const copied = (rows) => rows.map((row) => row.slice());

function placesIn(net) {
  const place = new Float64Array(net.column.length);
  for (const row of net.rows) row.forEach((v, i) => { place[v] = i; });
  return place;
}

const tailEnd = (net, s, place) => place[s.tail] + (0.45 * s.leave) / Math.max(1, net.half[s.tail]);
const headEnd = (net, s, place) => place[s.head] + (0.45 * s.enter) / Math.max(1, net.half[s.head]);

// The vertices of each column in the order in which a walk along the lines, or back, comes to them.
function walked(net, forward, mirrored) {
  const rows = net.rows.map(() => []), seen = new Set(), stack = [];
  net.column.forEach((_, v) => { if (!(forward ? net.before : net.behind)[v].length) stack.push(v); });
  if (!mirrored) stack.reverse();
  while (stack.length) {
    const v = stack.pop();
    if (seen.has(v)) continue;
    seen.add(v);
    rows[net.column[v]].push(v);
    const next = forward ? net.behind[v].map((s) => s.head) : net.before[v].map((s) => s.tail);
    stack.push(...(mirrored ? next : next.reverse()));
  }
  return rows;
}

// The best rows that sweeps from those of the net come to, and how many lines cross there.
function swept(net, loops) {
  let best = copied(net.rows), fewest = crossings(net) + around(net, loops, placesIn(net)), idle = 0;
  const most = net.column.length <= CROWD ? SWEEPS : HURRY;
  for (let k = 0; k < most && fewest && idle < PATIENCE; k++) {
    const place = placesIn(net), forward = k % 2 === 1;
    for (const row of forward ? net.rows : net.rows.slice().reverse()) {
      const keys = new Map(row.map((v) => [v, barycentre(net, v, place, forward)]));
      row.sort((a, b) => keys.get(a) - keys.get(b));
      row.forEach((v, i) => { place[v] = i; });
    }
    sift(net, place, loops);
    const now = crossings(net) + around(net, loops, place);
    idle++;
    if (now < fewest) [best, fewest, idle] = [copied(net.rows), now, 0];
  }
  return [best, fewest];
}

function barycentre(net, v, place, forward) {
  const segments = (forward ? net.before : net.behind)[v], end = forward ? tailEnd : headEnd;
  if (!segments.length) return place[v];
  let sum = 0;
  for (const s of segments) sum += end(net, s, place);
  return sum / segments.length;
}

// Move single vertices within their columns to where fewest lines cross, as long as that helps.
function sift(net, place, loops) {
  let todo = [...net.rows.keys()];
  for (let r = 0; r < ROUNDS && todo.length; r++) {
    const changed = new Set();
    for (const c of todo)
      for (const v of net.rows[c].slice())
        if (sifted(net, net.rows[c], v, place, loops)) [c - 1, c, c + 1].forEach((d) => changed.add(d));
    todo = [...changed].filter((c) => net.rows[c]).sort((a, b) => a - b);
  }
}

function sifted(net, row, v, place, loops) {
  const here = place[v], own = loops.length ? loops.filter((s) => s.tail === v || s.head === v) : loops;
  const was = around(net, own, place);
  let best = here, most = 0;
  for (const step of [-1, 1]) {
    let sum = 0;
    for (let i = here + step; i !== here + step * (REACH + 1) && i >= 0 && i < row.length; i += step) {
      sum += step < 0 ? gain(net, row[i], v, place) : gain(net, v, row[i], place);
      let total = sum;
      if (own.length) {
        place[v] = i;
        total += was - around(net, own, place);
        place[v] = here;
      }
      if (total > most) [best, most] = [i, total];
    }
  }
  if (!most) return false;
  row.splice(here, 1);
  row.splice(best, 0, v);
  row.forEach((w, i) => { place[w] = i; });
  return true;
}

// How many crossings fewer there are if `b` stands before `a`, its neighbour.
function gain(net, a, b, place) {
  let sum = 0;
  for (const [lines, end] of [[net.before, tailEnd], [net.behind, headEnd]]) {
    if (!lines[a].length || !lines[b].length) continue;
    const others = lines[b].map((t) => end(net, t, place));
    for (const s of lines[a]) {
      const mine = end(net, s, place);
      for (const other of others) sum += other < mine ? 1 : other > mine ? -1 : 0;
    }
  }
  return sum;
}

// The rows, with whole strands moved to the border where fewer lines cross so.
function ledOutside(net, rows, fewest, loops) {
  for (const strand of strands(net)) {
    for (const atEnd of [false, true]) {
      net.rows = copied(rows);
      for (const v of strand) {
        const row = net.rows[net.column[v]];
        row.splice(row.indexOf(v), 1);
        atEnd ? row.push(v) : row.unshift(v);
      }
      const now = crossings(net) + around(net, loops, placesIn(net));
      if (now < fewest) [rows, fewest] = [net.rows, now];
    }
  }
  return [rows, fewest];
}

// The paths on which no other line enters or leaves.
function strands(net) {
  const single = (s) => net.behind[s.tail].length === 1 && net.before[s.head].length === 1, found = [];
  net.column.forEach((_, v) => {
    if (net.before[v].some(single)) return;
    const strand = [v];
    for (const w of strand) for (const s of net.behind[w]) if (single(s)) strand.push(s.head);
    found.push(strand);
  });
  return found;
}

function crossings(net) {
  const place = placesIn(net);
  let total = 0;
  for (const row of net.rows) {
    const ends = [], heads = [];
    for (const v of row) for (const s of net.behind[v]) ends.push([tailEnd(net, s, place), headEnd(net, s, place)]);
    ends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    for (const [, head] of ends) {
      const k = bisected(heads, head);
      total += heads.length - k;
      heads.splice(k, 0, head);
    }
  }
  return total;
}

// How many of the sorted numbers are no greater than x.
function bisected(numbers, x) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < numbers[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

// How many vertices stand between the ends of each loop and the border that it is led around.
function around(net, loops, place) {
  let total = 0;
  for (const s of loops) {
    const low = place[s.tail] + place[s.head];
    total += Math.min(low, net.rows[net.column[s.tail]].length + net.rows[net.column[s.head]].length - 2 - low);
  }
  return total;
}

// Spread the lines that enter a box over its side; one that outweighs the others enters in the middle.
function setSlots(net) {
  const place = placesIn(net);
  for (const [v, entering] of net.slots) {
    const free = entering.every((s) => s.slot === null);
    const keys = new Map(entering.map((s) => [s, free ? tailEnd(net, s, place) : s.slot ?? 0]));
    entering.sort((a, b) => a.side - b.side || keys.get(a) - keys.get(b));
    const heaviest = Math.max(...entering.map((s) => s.weight));
    const main = entering.flatMap((s, i) => (s.weight === heaviest ? [i] : []));
    const middle = main.length === 1 ? main[0] : (entering.length - 1) / 2;
    const reach = Math.max(middle, entering.length - 1 - middle);
    const step = reach ? Math.min(SLOT, (net.half[v] - CORNER) / reach) : 0;
    entering.forEach((s, i) => { s.enter = (i - middle) * step; });
  }
}
