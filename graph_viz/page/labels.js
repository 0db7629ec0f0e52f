// Where the labels of lines stand: on the line, where it is long, and clear of boxes, other labels and other lines.
// `graph_viz/svg/labels.py`. The numbers of a step find their places in the same way.

const LABEL = 9, HIGH = 11, CLEAR = 2, PLACES = [0.5, 0.35, 0.65, 0.2, 0.8], PIECES = 4, CELL = 24, SEEN = 18;

class Room {
  constructor(taken) {
    Object.assign(this, { boxes: new Map(), lines: new Map() });
    for (const box of taken) this.take(box);
  }

  take(box) {
    for (const cell of cellsOf(box)) push(this.boxes, cell, box);
  }

  // Lines hide a label that another line crosses.
  passes(curves) {
    curves.forEach((curve, k) => {
      for (const piece of piecesOf(curve)) {
        const n = 1 + Math.floor((distance(piece[0], piece[3]) * 1.5) / HIGH);
        for (let i = 0; i < n; i++) {
          const p = at(piece, i / n);
          push(this.lines, cellOf(p[0], p[1]), [k, p]);
        }
      }
    });
  }

  // The best place for a label as wide as `wide` on a curve, or as far off as the `shifts` say; null where there is none
  // and it need not be there.
  place(curve, own, wide, needed, shifts = [[0, 0]]) {
    const pieces = [...piecesOf(curve)];
    const length = pieces.reduce((sum, piece) => sum + distance(piece[0], piece[3]), 0);
    if (!needed && wide + SEEN > length) return null;
    const longest = pieces.sort((a, b) => distance(b[0], b[3]) - distance(a[0], a[3])).slice(0, PIECES);
    let best = null;
    const spots = shifts.flatMap(([dx, dy]) => PLACES.flatMap((t) => longest.map((piece) => [piece, t, dx, dy])));
    for (const [piece, t, dx, dy] of spots) {
      const [u, v] = at(piece, t), p = [u + dx, v + dy];
      const label = [p[0] - wide / 2 - CLEAR, p[1] - HIGH / 2 - CLEAR, wide + 2 * CLEAR, HIGH + 2 * CLEAR];
      const cells = cellsOf(label), boxes = new Set(cells.flatMap((cell) => this.boxes.get(cell) ?? [])), hidden = new Set();
      let covered = 0;
      for (const box of boxes) covered += shared(label, box);
      for (const cell of cells)
        for (const [k, [x, y]] of this.lines.get(cell) ?? []) if (k !== own && shared(label, [x, y, 0.1, 0.1])) hidden.add(k);
      if (!best || covered < best.covered || (covered === best.covered && hidden.size < best.hidden))
        best = { covered, hidden: hidden.size, p, label };
      if (!covered && !hidden.size) break;
    }
    if (!best || (!needed && (best.covered || best.hidden > 1))) return null;
    this.take(best.label);
    return best.p;
  }
}

const push = (map, key, value) => (map.has(key) ? map.get(key).push(value) : map.set(key, [value]));
const cellOf = (x, y) => Math.floor(x / CELL) * 65536 + Math.floor(y / CELL);

function at([a, b, c, d], t) {
  const s = 1 - t, [i, j, k, l] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return [a[0] * i + b[0] * j + c[0] * k + d[0] * l, a[1] * i + b[1] * j + c[1] * k + d[1] * l];
}

function cellsOf([x, y, w, h]) {
  const cells = [];
  for (let i = Math.floor(x / CELL); i <= Math.floor((x + w) / CELL); i++)
    for (let j = Math.floor(y / CELL); j <= Math.floor((y + h) / CELL); j++) cells.push(i * 65536 + j);
  return cells;
}

// The area that two boxes share.
function shared(a, b) {
  const across = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const down = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return Math.max(0, across) * Math.max(0, down);
}
