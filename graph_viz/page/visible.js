// From the structure of a drawing (`structure.py`) and the set of open groups to a view: marks, and lines between them.

const KINDS = ["input", "state", "parameter", "constant", "op", "output", "failed", "module"];
const [INPUT, STATE, PARAMETER, CONSTANT, OP, OUTPUT, FAILED, MODULE] = KINDS.keys();
const CHAIN = 1, UNORDERED = 2, COMPUTES = 4, BESIDE = 8, COPIED = 16, STEPS = 32, MADE = 64, SHARES = 128;  // bits of a box
const TO_NEXT = 1, INITIAL = 2;  // bits of a line
const STRAIGHT = { [INPUT]: 0.5, [PARAMETER]: 0.2, [CONSTANT]: 0.2 }, ENTRY = 6;

// Numbers of their differences.
function summed(differences) {
  let sum = 0;
  return differences.map((d) => (sum += d));
}

// Lists of numbers, each of differences that begin from the first number of the list before.
function related(lists) {
  let before = 0;
  return lists.map((differences) => {
    let n = before;
    const numbers = differences.map((d) => (n += d));
    before = numbers[0] ?? before;
    return numbers;
  });
}

// Columns of a table, of which some are stored as differences.
function columns(table, ...differing) {
  const found = { ...table };
  for (const name of differing) found[name] = summed(table[name]);
  for (const name of ["nodes", "shows"]) if (table[name]) found[name] = related(table[name]);
  return found;
}

// What a node is called: by its number if nothing else.
const nameOf = ({ tape, texts }, n) => (tape.name[n] < 0 ? `%${n}` : texts[tape.name[n]]);

// What of a structure is the same in all views.
function prepared(structure, data) {
  const groups = columns(structure.groups, "parent", "title", "module", "caption", "name", "call", "say");
  const boxes = columns(structure.boxes, "group", "caption", "name", "say", "node"), lines = columns(structure.lines, "head");
  lines.tail = lines.tail.map((d, k) => (d < 0 ? -1 - d : lines.head[k] - d));
  const smallest = boxes.kind.map((kind, k) => ({
    key: k, kind, group: boxes.group[k], bits: boxes.bits[k], node: boxes.node[k] < 0 ? undefined : boxes.node[k],
    name: boxes.name[k] >= 0 ? data.texts[boxes.name[k]] : nameOf(data, boxes.node[k]),
    caption: data.captions[boxes.caption[k]], say: data.texts[boxes.say[k]], nodes: boxes.nodes[k], shows: boxes.shows[k],
  }));
  const first = groups.parent.map(() => Infinity), computed = groups.parent.map(() => Infinity);
  const inside = groups.parent.map(() => new Set()), depth = groups.parent.map(() => 0);
  groups.parent.forEach((up, g) => { depth[g] = up < 0 ? 1 : depth[up] + 1; });
  for (const { key, group, bits, nodes, kind, node: parameter } of smallest) {
    for (let g = group; g >= 0; g = groups.parent[g]) {
      first[g] = Math.min(first[g], key);
      if (bits & COMPUTES) computed[g] = Math.min(computed[g], key);
      for (const n of nodes) inside[g].add(n);
      if (kind === PARAMETER) inside[g].add(parameter);
    }
  }
  const closed = groups.parent.map((up, g) => ({
    key: `g${g}`, group: up, kind: MODULE, bits: groups.bits[g], opens: g, name: data.texts[groups.call[g]],
    caption: data.captions[groups.caption[g]], say: data.texts[groups.say[g]], nodes: [...inside[g]],
    shows: groups.shows[g], single: groups.single[g], shared: groups.shared[g],
    rank: computed[g] < Infinity ? computed[g] : first[g],  // it is not as old as its parameters
  }));
  return { groups, lines, data, smallest, closed, parent: groups.parent, depth, room: groups.room, count: lines.tail.length };
}

// The view of a structure in which exactly these groups are open.
function visible(prepared, open, direction) {
  const { lines, smallest, closed, parent, room } = prepared, down = direction === "TB";
  const cover = new Int32Array(parent.length);  // the outermost closed group around a group, or -1
  for (let g = 0; g < parent.length; g++) {
    cover[g] = parent[g] >= 0 && cover[parent[g]] >= 0 ? cover[parent[g]] : open.has(g) ? -1 : g;
  }
  const shown = new Map(), of = new Int32Array(smallest.length), marks = [];
  const add = (key, about, group, rank) => {
    if (!shown.has(key)) shown.set(key, marks.push({ ...about, group, rank, entering: [], leaving: [] }) - 1);
    return shown.get(key);
  };
  for (const box of smallest) {
    const g = box.group < 0 ? -1 : cover[box.group];
    const beside = g >= 0 && g === box.group && box.bits & BESIDE;
    of[box.key] = g < 0 || beside ? add(box.key, box, beside ? parent[g] : box.group, box.key)
      : add(closed[g].key, closed[g], parent[g], closed[g].rank);
  }
  const order = [...marks.keys()].sort((a, b) => marks[a].rank - marks[b].rank), place = new Int32Array(marks.length);
  order.forEach((k, i) => { place[k] = i; });
  const found = [], known = new Map(), pairs = new Map(), lineOf = new Int32Array(prepared.count).fill(-1);
  for (let k = 0; k < prepared.count; k++) {
    const a = of[lines.tail[k]], b = of[lines.head[k]], tail = marks[a], head = marks[b], bits = lines.bits[k];
    if (a === b || (tail.kind === PARAMETER && head.kind === MODULE)) continue;
    const several = head.kind === MODULE || head.kind === STATE;
    const key = `${a} ${b} ${several ? bits & TO_NEXT : `p${lines.position[k]}`}`;
    const width = lines.width[k];
    if (known.has(key)) {
      const line = found[known.get(key)];
      line.count += lines.count[k];
      line.width = Math.max(line.width, width);
      lineOf[k] = known.get(key);
      continue;
    }
    lineOf[k] = found.length;
    known.set(key, found.length);
    const pair = a * marks.length + b;
    if (!pairs.has(pair)) pairs.set(pair, found.length);
    found.push({
      tail: place[a], head: place[b], pair: pairs.get(pair), slot: head.bits & UNORDERED ? null : lines.position[k],
      position: lines.position[k], weight: STRAIGHT[tail.kind] ?? 1, back: !!(bits & TO_NEXT), bits, width,
      count: lines.count[k], shape: lines.shape[k], label: head.kind === MODULE ? 0 : lines.label[k],
    });
  }
  const ways = [...found.keys()].sort((a, b) => found[a].tail - found[b].tail || found[a].pair - found[b].pair);
  const to = new Int32Array(found.length);
  ways.forEach((k, i) => { to[k] = i; });
  const view = {
    marks: order.map((k) => marks[k]), lines: ways.map((k) => found[k]), parent, room, direction,
    markOf: of.map((k) => place[k]), lineOf: lineOf.map((k) => (k < 0 ? k : to[k])),
  };
  view.lines.forEach((line, k) => {
    view.marks[line.tail].leaving.push(k);
    view.marks[line.head].entering.push(k);
  });
  for (const mark of view.marks) {
    const [, , , width, height] = mark.caption, side = ENTRY * mark.entering.length;
    mark.width = down ? Math.max(width, side) : width;
    mark.height = down ? height : Math.max(height, side);
    [mark.along, mark.across] = down ? [mark.height, mark.width] : [mark.width, mark.height];
  }
  return view;
}
