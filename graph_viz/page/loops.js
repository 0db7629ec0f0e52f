// Lines back, each in a lane of its own around everything else: `graph_viz/layout/loops.py`.

const LANE = 17, TURN = 9, REST = 14;

// Lead every loop around on the side that is nearer to both of its ends.
function setSides(net, loops) {
  const place = new Map(), taken = [0, 0];
  for (const row of net.rows) row.forEach((v, i) => place.set(v, [i, row.length - 1 - i]));
  for (const { segment } of loops) {
    const [low, high] = [0, 1].map((k) => place.get(segment.tail)[k] + place.get(segment.head)[k] + taken[k]);
    segment.side = low < high ? -1 : 1;
    taken[low < high ? 0 : 1]++;
  }
}

// Give every loop a lane and its turns, so that one around another is outside of it everywhere.
function setLanes(net, loops) {
  const span = ({ segment }) => net.column[segment.tail] - net.column[segment.head];
  for (const side of [-1, 1]) {
    const behind = new Map(), before = new Map();
    const next = (turns, column) => {
      turns.set(column, (turns.get(column) ?? -1) + 1);
      return turns.get(column);
    };
    loops
      .filter((loop) => loop.segment.side === side)
      .sort((a, b) => span(a) - span(b) || -side * (net.across[a.segment.head] - net.across[b.segment.head]))
      .forEach((loop, lane) => {
        loop.lane = lane;
        loop.leaving = next(behind, net.column[loop.segment.tail]);
        loop.entering = next(before, net.column[loop.segment.head]);
      });
  }
}

// What the loops that turn between the columns `gap` and `gap + 1` need there.
function turningRoom(net, loops, gap) {
  const leaving = loops.filter((l) => net.column[l.segment.tail] === gap).map((l) => l.leaving);
  const entering = loops.filter((l) => net.column[l.segment.head] === gap + 1).map((l) => l.entering);
  return [leaving, entering].reduce((sum, turns) => sum + (turns.length ? REST + TURN * (Math.max(...turns) + 1) : 0), 0);
}

const lanesRoom = (loops, side) =>
  LANE * loops.reduce((most, loop) => (loop.segment.side === side ? Math.max(most, loop.lane + 1) : most), 0);

function loopWay(loop, from, to, stop, start, edge) {
  const lane = edge + loop.segment.side * LANE * (loop.lane + 1);
  const behind = stop + REST + TURN * loop.leaving, before = start - REST - TURN * loop.entering;
  return [from, [behind, from[1]], [behind, lane], [before, lane], [before, to[1]], to];
}
