// The machine that runs the instructions. `V` are the values and `G` the gradients, by the number of the instruction.

class Machine {
  constructor({ code, still, out }) {
    const dead = new Set(still), numbers = (list) => Float64Array.from(list, Number);
    Object.assign(this, { code, out, V: [], run: [], groups: [] });
    code.forEach((row, n) => this.prepare(row, n, numbers));
    this.forward();
    // What flows: inputs, and what is computed from them, but for what no gradient goes through.
    this.G = code.map(([kind], n) => (kind === "k" || dead.has(n) ? null : new Float64Array(this.V[n].length)));
    this.alive = this.G.map((g) => g && new Uint8Array(g.length));
    this.parts = code.map((row, n) => (this.G[n] ? argumentsOf(row) : []).map((a) => this.G[a] && new Float64Array(this.G[a].length)));
  }

  prepare(row, n, numbers) {
    const { V } = this, [kind, op] = row, at = Live.at, fresh = (size) => (V[n] = new Float64Array(size));
    if (kind === "x") {
      V[n] = numbers(row[2]);
      if (row[3]) this.run.push(() => V[n].forEach((v, i) => { V[n][i] = Math.fround(v); }));
    } else if (kind === "k") V[n] = numbers(op);
    else this.run.push({
      t: () => {
        const [, a, places] = row;
        if (places === 0) return () => { V[n] = V[a]; };
        const y = fresh(places.length);
        return () => { for (let i = 0; i < y.length; i++) y[i] = V[a][places[i]]; };
      },
      j: () => () => { V[n] = Float64Array.from(op.flatMap((a) => [...V[a]])); },
      u: () => () => { const f = Live.UNARY[op][0]; V[n] = V[row[2]].map((x) => f(x)); },
      b: () => {
        const [, , a, b, p, q, size] = row, y = fresh(size), [f] = Live.BINARY[op];
        return () => { for (let i = 0; i < size; i++) y[i] = f(V[a][at(p, i)], V[b][at(q, i)]); };
      },
      w: () => {
        const [, c, a, b, o, p, q, size] = row, y = fresh(size);
        return () => { for (let i = 0; i < size; i++) y[i] = V[c][at(o, i)] ? V[a][at(p, i)] : V[b][at(q, i)]; };
      },
      c: () => {
        const [, x, a, b, o, p, q, size] = row, y = fresh(size);
        return () => { for (let i = 0; i < size; i++) y[i] = Math.min(Math.max(V[x][at(o, i)], V[a][at(p, i)]), V[b][at(q, i)]); };
      },
      f: () => {
        const [, , a, bins, count, lost] = row, y = fresh(count), [f] = Live.FOLD[op];
        return () => { this.grouped(n, bins, V[a].length, count).forEach((group, k) => { y[k] = f(group.map((i) => V[a][i]), lost); }); };
      },
      l: () => () => {
        const [, , a, bins] = row, y = fresh(V[a].length), [f] = Live.LINE[op];
        for (const group of this.grouped(n, bins, y.length)) f(group.map((i) => V[a][i])).forEach((v, k) => { y[group[k]] = v; });
      },
      m: () => {
        const [, a, b, rows, inner, columns, left, right] = row, y = fresh(left.length * rows * columns);
        return () => {
          let k = 0;
          for (let t = 0; t < left.length; t++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++, k++) {
            y[k] = 0;
            for (let q = 0; q < inner; q++) y[k] += V[a][left[t] + i * inner + q] * V[b][right[t] + q * columns + j];
          }
        };
      },
      d: () => {
        const y = fresh(row[3].length);
        return () => { for (let i = 0; i < y.length; i++) y[i] = V[op][this.computed(row, i)]; };
      },
    }[kind]());
  }

  forward() { for (const step of this.run) step(); }

  // The members of each group, worked out once.
  grouped(n, bins, size, count = bins === 0 ? 1 : Math.max(...bins) + 1) {
    return (this.groups[n] ??= Live.grouped(bins, count, size));
  }

  // The place that instruction `d` reads for element i.
  computed([, , index, starts, stride, length], i) {
    const k = this.V[index][i];
    return starts[i] + (k < 0 ? k + length : k) * stride;
  }

  // All gradients of the result; what came back to argument `slot` of instruction n stands in parts[n][slot].
  backward() {
    this.sweep(null);
    if (this.G.some((g) => g?.some((v) => !Number.isFinite(v)))) this.sweep(this.nonzero());
  }

  // A sweep; a careful one knows where arguments are not always 0.
  sweep(nonzero) {
    const { code, G, parts, alive, out } = this;
    for (const g of G) g?.fill(0);
    for (const mask of alive) mask?.fill(0);
    for (const each of parts) for (const part of each) part?.fill(0);
    G[out].fill(1);
    alive[out].fill(1);
    for (let n = out; n >= 0; n--) {
      if (!parts[n].some(Boolean)) continue;
      const to = argumentsOf(code[n]), masks = parts[n].map((part) => part && new Uint8Array(part.length));
      const send = (slot, place, value) => {
        if (!parts[n][slot]) return;
        parts[n][slot][place] += value;
        masks[slot][place] = 1;
      };
      this.pull(code[n], n, send, nonzero && to.map((a) => nonzero[a]), (i) => !nonzero || alive[n][i] === 1);
      parts[n].forEach((part, slot) => {
        if (!part) return;
        const g = G[to[slot]], mask = alive[to[slot]];
        for (let i = 0; i < part.length; i++) { g[i] += part[i]; mask[i] |= masks[slot][i]; }
      });
    }
  }

  // What the rule of an instruction sends to its arguments, from its elements that are alive.
  pull(row, n, send, nonzero, alive) {
    const { V, G } = this, [kind, op] = row, g = G[n], y = V[n], at = Live.at, size = g.length;
    const counts = (slot, i) => !nonzero || !nonzero[slot] || nonzero[slot][i] === 1;
    const lost = (i) => !Number.isFinite(y[i]);
    if (kind === "t") for (let i = 0; i < size; i++) { if (alive(i)) send(0, at(row[2], i), g[i]); }
    else if (kind === "d") for (let i = 0; i < size; i++) { if (alive(i)) send(0, this.computed(row, i), g[i]); }
    else if (kind === "j") {
      let i = 0;
      op.forEach((a, slot) => { for (let k = 0; k < V[a].length; k++, i++) if (alive(i)) send(slot, k, g[i]); });
    } else if (kind === "u") {
      const x = V[row[2]], [, rule, way] = Live.UNARY[op];
      for (let i = 0; rule && i < size; i++) if (alive(i) && (way !== "chosen" || rule(1, y[i], x[i]) !== 0)) send(0, i, rule(g[i], y[i], x[i]));
    } else if (kind === "b") {
      const [, , a, b, p, q] = row, [, da, db, way] = Live.BINARY[op];
      for (let i = 0; da && i < size; i++) {
        if (!alive(i)) continue;
        const [k, l] = [at(p, i), at(q, i)], u = V[a][k], v = V[b][l];
        const [first, second] = way === "product" ? [counts(1, l) || lost(i), counts(0, k) || lost(i)]
          : way === "quotient" ? [true, counts(0, k) || lost(i)]
          : way === "chosen" ? [da(1, y[i], u, v) !== 0, db(1, y[i], u, v) !== 0] : [true, true];
        if (first) send(0, k, da(g[i], y[i], u, v));
        if (second) send(1, l, db(g[i], y[i], u, v));
      }
    } else if (kind === "w") {
      const [, c, , , o, p, q] = row;
      for (let i = 0; i < size; i++) if (alive(i)) V[c][at(o, i)] ? send(1, at(p, i), g[i]) : send(2, at(q, i), g[i]);
    } else if (kind === "c") {
      const [, x, a, b, o, p, q] = row;
      for (let i = 0; i < size; i++) {
        const [u, low, high] = [V[x][at(o, i)], V[a][at(p, i)], V[b][at(q, i)]];
        if (!alive(i)) continue;
        const goes = [!(u < low || high < u), u < low && !(high < low), high < u || high < low];
        [o, p, q].forEach((places, slot) => {
          if (Number.isNaN(y[i]) && g[i] !== 0) send(slot, at(places, i), g[i] * y[i]);
          else if (goes[slot]) send(slot, at(places, i), g[i]);
        });
      }
    } else if (kind === "f") {
      const [, , a, bins, count, few] = row, [, rule, way] = Live.FOLD[op];
      if (rule) this.grouped(n, bins, V[a].length, count).forEach((group, k) => {
        if (!alive(k)) return;
        const x = group.map((i) => V[a][i]), sent = rule(g[k], y[k], x, few), taken = way === "chosen" ? rule(1, y[k], x, few) : null;
        group.forEach((i, e) => { if (!taken || taken[e] !== 0) send(0, i, sent[e]); });
      });
    } else if (kind === "l") {
      for (const group of this.grouped(n, row[3], size)) {
        if (!group.some(alive)) continue;
        const of = (array) => group.map((i) => array[i]), sent = Live.LINE[op][1](of(g), of(y), of(V[row[2]]));
        group.forEach((i, e) => send(0, i, sent[e]));
      }
    } else if (kind === "m") this.products(row, g, send, counts, alive, lost, !nonzero);
  }

  // Of matrices: what is multiplied by what is always 0 does not count, and may not spoil the sums.
  products([, a, b, rows, inner, columns, left, right], g, send, counts, alive, lost, plainly) {
    const { V } = this, spoils = [V[a], V[b]].map((x) => (plainly ? null : x.map((v) => (Number.isFinite(v) ? 0 : 1))));
    const each = (visit) => {
      for (let t = 0, k = 0; t < left.length; t++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++, k++) {
        if (!alive(k)) continue;
        for (let q = 0; q < inner; q++) visit(k, left[t] + i * inner + q, right[t] + q * columns + j);
      }
    };
    if (!plainly) each((k, u, v) => {  // those that count may
      if (counts(1, v) || lost(k)) spoils[0][u] = 0;
      if (counts(0, u) || lost(k)) spoils[1][v] = 0;
    });
    const used = (slot, place) => (spoils[slot]?.[place] ? 0 : [V[a], V[b]][slot][place]);
    each((k, u, v) => {
      if (counts(1, v) || lost(k)) send(0, u, g[k] * used(1, v));
      if (counts(0, u) || lost(k)) send(1, v, used(0, u) * g[k]);
    });
  }

  // Of each instruction which elements are not always 0, whatever the inputs are; null: all of them.
  nonzero() {
    const found = [], { V, code, G } = this, at = Live.at, of = (a, i) => (found[a] ? found[a][i] : 1);
    code.forEach((row, n) => {
      const [kind, op] = row, y = V[n], to = argumentsOf(row);
      let mask = null;
      if (!G[n]) mask = Uint8Array.from(y, (v) => +(v !== 0));
      else if (kind === "w" || to.some((a) => found[a])) mask = {
        t: () => Uint8Array.from(y, (_, i) => of(op, at(row[2], i))),
        d: () => Uint8Array.from(y, (_, i) => of(op, this.computed(row, i))),
        j: () => Uint8Array.from(op.flatMap((a) => Array.from(V[a], (_, i) => of(a, i)))),
        u: () => Uint8Array.from(y, (v, i) => +(v !== 0 || of(to[0], i))),
        b: () => {
          const [, , a, b, p, q] = row, way = Live.BINARY[op][3];
          const joint = { product: (u, v) => u && v, quotient: (u) => u, chosen: () => 1, moved: (u, v) => u || v }[way];
          return Uint8Array.from(y, (v, i) => (joint ? joint(of(a, at(p, i)), of(b, at(q, i))) : +(v !== 0) || of(a, at(p, i)) || of(b, at(q, i))));
        },
        w: () => {
          const [, c, a, b, o, p, q] = row;
          return Uint8Array.from(y, (_, i) => (V[c][at(o, i)] ? of(a, at(p, i)) : of(b, at(q, i))));
        },
        c: () => null,
        f: () => (Live.FOLD[op][2] === "moved" ? Uint8Array.from(this.grouped(n, row[3], V[to[0]].length, row[4]), (group) => +group.some((i) => of(to[0], i))) : null),
        l: () => (op === "cumsum" ? y.map(() => 1) : null),
        m: () => {
          const [, a, b, rows, inner, columns, left, right] = row, mask = new Uint8Array(y.length);
          for (let t = 0, k = 0; t < left.length; t++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++, k++)
            for (let q = 0; q < inner; q++) mask[k] |= of(a, left[t] + i * inner + q) & of(b, right[t] + q * columns + j);
          return mask;
        },
      }[kind]?.() ?? null;
      mask?.forEach((_, i) => { if (G[n] && !Number.isFinite(y[i])) mask[i] = 1; });
      found.push(mask && mask.every((m) => m) ? null : mask);
    });
    return found;
  }
}

// The instructions whose values an instruction takes.
const argumentsOf = ([kind, ...row]) =>
  ({ x: [], k: [], t: row.slice(0, 1), j: row[0], u: [row[1]], b: row.slice(1, 3), w: row.slice(0, 3), c: row.slice(0, 3),
    f: [row[1]], l: [row[1]], m: row.slice(0, 2), d: row.slice(0, 2) })[kind];
