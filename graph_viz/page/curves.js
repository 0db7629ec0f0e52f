// The lines of a layout as chains of cubic Bézier curves, 1 + 3n points: `graph_viz/svg/curves.py`.

const STEM = 6, RADIUS = 9, QUARTER = 0.5523, SHARPEST = 0.3;

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const between = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
const toward = (a, b, way) => between(a, b, way / (distance(a, b) || 1));

function straightOn(found, b) {
  const a = found[found.length - 1];
  if (distance(a, b) > 1e-6) found.push(between(a, b, 1 / 3), between(a, b, 2 / 3), b);
}

// The radius of the corner at point k; 0 where there is none.
function cornerAt(route, k) {
  if (k <= 0 || k >= route.length - 1) return 0;
  const [a, b, c] = route.slice(k - 1, k + 2);
  const turns = [0, 1].some((i) => Math.abs(a[i] - b[i]) < 0.05 && Math.abs(b[1 - i] - c[1 - i]) < 0.05);
  return turns ? Math.min(RADIUS, distance(a, b) / 2, distance(b, c) / 2) : 0;
}

// A route of points as curves: an S where both coordinates differ, else straight, with round corners.
function chained(route, down) {
  const found = [route[0]], turned = ([u, v]) => (down ? [v, u] : [u, v]);
  for (let k = 0; k + 1 < route.length; k++) {
    let a = route[k];
    const b = route[k + 1];
    if (Math.min(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])) > 0.05) {
      const [u, v] = turned(a), [s, t] = turned(b), stem = Math.min(STEM, (s - u) / 4), middle = (u + s) / 2;
      straightOn(found, turned([u + stem, v]));
      found.push(turned([middle, v]), turned([middle, t]), turned([s - stem, t]));
      straightOn(found, b);
      continue;
    }
    const before = cornerAt(route, k), behind = cornerAt(route, k + 1);
    if (before) a = found[found.length - 1];
    straightOn(found, toward(b, a, behind));
    if (behind) {
      const c = toward(b, route[k + 2], behind), last = found[found.length - 1];
      found.push(toward(b, last, behind * (1 - QUARTER)), toward(b, c, behind * (1 - QUARTER)), c);
    }
  }
  return found;
}

// The line `shift` px to the right of a line, as one looks along it.
function beside(points, shift) {
  const ways = points.slice(1).map((b, i) => {
    const a = points[i], length = distance(a, b);
    return length > 1e-6 ? [(b[0] - a[0]) / length, (b[1] - a[1]) / length] : null;
  });
  let last = ways.find(Boolean) ?? [1, 0];
  const filled = ways.map((way) => (last = way ?? last));  // points may coincide: the line goes on as it came
  return points.map(([x, y], i) => {
    const [a, b] = filled[Math.max(0, i - 1)], [c, d] = filled[Math.min(i, filled.length - 1)];
    const reach = shift / Math.max(SHARPEST, 1 + a * c + b * d);
    return [x - (b + d) * reach, y + (a + c) * reach];
  });
}

// The part of a curve from parameter t on, by de Casteljau's construction.
function behindOf(curve, t) {
  let piece = curve;
  const last = [];
  while (piece.length) {
    last.push(piece[piece.length - 1]);
    piece = piece.slice(1).map((b, i) => between(piece[i], b, t));
  }
  return last.reverse();
}

// A line without its last px, where the arrow head is.
function cutAtEnd(points, by) {
  let rest = points.slice().reverse();
  while (by > 0 && rest.length > 4 && distance(rest[0], rest[3]) <= by) {
    by -= distance(rest[0], rest[3]);
    rest = rest.slice(3);
  }
  if (by <= 0 || rest.length < 4) return rest.reverse();
  let low = 0, high = 1;
  for (let k = 0; k < 12; k++) {
    const t = (low + high) / 2;
    if (distance(rest[0], behindOf(rest.slice(0, 4), t)[0]) < by) low = t;
    else high = t;
  }
  return [...behindOf(rest.slice(0, 4), low), ...rest.slice(4)].reverse();
}

const tenth = (value) => Math.round(value * 10) / 10;
const point = ([x, y]) => `${tenth(x)} ${tenth(y)}`;

function* piecesOf(points) {
  for (let i = 0; i + 3 < points.length; i += 3) yield points.slice(i, i + 4);
}

function pathOf(points) {
  let path = `M${point(points[0])}`;
  for (const [a, b, c, d] of piecesOf(points)) {
    const off = (p) => Math.abs((d[0] - a[0]) * (p[1] - a[1]) - (d[1] - a[1]) * (p[0] - a[0]));
    path += off(b) < 1e-3 && off(c) < 1e-3 ? `L${point(d)}` : `C${point(b)} ${point(c)} ${point(d)}`;
  }
  return path;
}

const TIP = 6, BREADTH = 2.8;

// The arrow head at the end of a line.
function tipOf(points) {
  const end = points[points.length - 1];
  const before = points.findLast((p) => Math.abs(p[0] - end[0]) + Math.abs(p[1] - end[1]) > 0.05) ?? points[0];
  const length = Math.max(distance(end, before), 1e-9);
  const u = (end[0] - before[0]) / length, v = (end[1] - before[1]) / length;
  const corners = [-BREADTH, BREADTH].map((b) => point([end[0] - TIP * u - b * v, end[1] - TIP * v + b * u]));
  return `M${point(end)}L${corners.join(" ")}Z`;
}
