// A recorded program in the page (`lower.py` says what its instructions are): forward, and backward by the rules of the
// engine. Where a gradient comes out that is not finite the sweep is made again, carefully: beside each gradient it is
// known which elements are alive, that is, reach the result through branches that were taken (`engine/careful.py`).

const Live = (() => {
  const { abs, exp, log, sqrt, sign, cosh, sinh, cos, sin, floor, hypot, PI, LN2, LN10 } = Math, isNaN = Number.isNaN;
  const finite = Number.isFinite, rint = (x) => (abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
  const inside = (d, y) => (isNaN(y) ? NaN : d);  // outside its domain a function has no slope
  const direction = (a, r) => (a === 0 && r === 0 ? 0 : a / r);
  const power = (a, b) => (a === 1 || (a === -1 && abs(b) === Infinity) ? 1 : a ** b);
  const logOfBase = (a) => log(a === 0 ? 1 : a);
  const mod = (a, b) => { const r = a % b; return r !== 0 && r < 0 !== b < 0 ? r + b : r; };
  const truth = (x) => +(x !== 0);  // also nan's
  // As NumPy has it: the quotient of what is left when the remainder is taken off, and nothing half-way.
  const floorDivide = (a, b) => {
    if (b === 0) return a / b;
    const r = mod(a, b), q = (a - r) / b, whole = floor(q);
    return q - whole > 0.5 ? whole + 1 : whole;
  };
  const sinc = (x) => (x === 0 ? 1 : sin(PI * x) / (PI * x));
  function sincSlope(x) {  // near 0 by its series, where the quotient would lose digits
    const t = PI * x;
    if (!(abs(t) <= 2)) return (PI * (cos(t) - sin(t) / t)) / t;
    let sum = 0, power = t / 2;
    for (let k = 1; k < 19; k++) { sum -= power / (k + 0.5); power *= -(t * t) / ((2 * k) * (2 * k + 1)); }
    return PI * sum;
  }
  const far = (a, r) => (r === Infinity ? 0 : a / r) / r;
  function erf(x) {
    if (!(abs(x) < 6)) return sign(x);
    let sum = abs(x), term = sum;
    for (let n = 1; term > 1e-18 * sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
    return (sign(x) * 2 * exp(-x * x) * sum) / sqrt(PI);
  }

  // Of each element: the value, and the rule, which is given g, y, x (without one the gradient is 0); "chosen", it cuts off what it sends 0.
  const UNARY = {
    negative: [(x) => -x, (g) => -g], positive: [(x) => x, (g) => g],
    reciprocal: [(x) => 1 / x, (g, y, x) => (-g / x) * y], square: [(x) => x * x, (g, y, x) => g * (2 * x)],
    sqrt: [sqrt, (g, y) => g / (2 * y)], cbrt: [Math.cbrt, (g, y) => g / (3 * y * y)],
    exp: [exp, (g, y) => g * y], exp2: [(x) => 2 ** x, (g, y) => g * (LN2 * y)], expm1: [Math.expm1, (g, y) => g * (y + 1)],
    log: [log, (g, y, x) => g / inside(x, y)], log2: [Math.log2, (g, y, x) => g / (LN2 * inside(x, y))],
    log10: [Math.log10, (g, y, x) => g / (LN10 * inside(x, y))], log1p: [Math.log1p, (g, y, x) => g / inside(1 + x, y)],
    log_of_base: [logOfBase, (g, y, x) => g / inside(x, y)],
    sin: [sin, (g, y, x) => g * cos(x)], cos: [cos, (g, y, x) => -g * sin(x)], tan: [Math.tan, (g, y) => g * (1 + y * y)],
    arcsin: [Math.asin, (g, y, x) => g / sqrt((1 - x) * (1 + x))], arccos: [Math.acos, (g, y, x) => -g / sqrt((1 - x) * (1 + x))],
    arctan: [Math.atan, (g, y, x) => g / (1 + x * x)],
    sinh: [sinh, (g, y, x) => g * cosh(x)], cosh: [cosh, (g, y, x) => g * sinh(x)], tanh: [Math.tanh, (g, y) => g * (1 - y * y)],
    arcsinh: [Math.asinh, (g, y, x) => g / hypot(1, x)], arccosh: [Math.acosh, (g, y, x) => g / inside(sqrt((x - 1) * (x + 1)), y)],
    arctanh: [Math.atanh, (g, y, x) => g / inside((1 - x) * (1 + x), y)],
    logistic: [(x) => 1 / (1 + exp(-x)), (g, y) => g * y * (1 - y)], erf: [erf, (g, y, x) => g * (2 / sqrt(PI)) * exp(-x * x)],
    absolute: [abs, (g, y, x) => g * sign(x)], fabs: [abs, (g, y, x) => g * sign(x)],
    deg2rad: [(x) => x * (PI / 180), (g) => g * (PI / 180)], radians: [(x) => x * (PI / 180), (g) => g * (PI / 180)],
    rad2deg: [(x) => x * (180 / PI), (g) => g * (180 / PI)], degrees: [(x) => x * (180 / PI), (g) => g * (180 / PI)],
    sign: [sign], floor: [floor], ceil: [Math.ceil], trunc: [Math.trunc], rint: [rint], truth: [truth],
    isfinite: [(x) => +finite(x)], isnan: [(x) => +isNaN(x)], isinf: [(x) => +(abs(x) === Infinity)],
    sinc: [sinc, (g, y, x) => g * sincSlope(x)], nan_to_num: [(x) => (isNaN(x) ? 0 : Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE)), (g, y, x) => (finite(x) ? g : 0), "chosen"],
    round: [rint, () => 0], single: [Math.fround, Math.fround],  // rounded to float32
    logical_not: [(x) => 1 - truth(x)], invert: [(x) => 1 - truth(x)],
  };

  // Of each pair: the value, a rule for each of the two, and how what is alive goes through, if not element by element.
  const tied = (g, y, a, b) => (isNaN(y) && g !== 0 ? g * y : a === y ? g * (a === b ? 0.5 : 1) : 0);
  const extreme = (f) => [f, tied, (g, y, a, b) => tied(g, y, b, a), "chosen"];
  const either = (f) => extreme((a, b) => (isNaN(a) ? b : isNaN(b) ? a : f(a, b)));
  const weighted2 = (g, y, a, b) => g / (1 + 2 ** (y === -Infinity ? Infinity : b - a));
  const weighted = (g, y, a, b) => g / (1 + exp(y === -Infinity ? Infinity : b - a));
  const quotient = (f) => [f, (g, y, a, b) => g / b, (g, y, a, b) => (-g / b) * y, "quotient"];
  const signed = (a, b) => (b < 0 || Object.is(b, -0) ? -abs(a) : abs(a));
  const minus = [(a, b) => a - b, (g) => g, (g) => -g, "moved"], modulo = [(g) => g, (g, y, a, b) => -g * rint((a - y) / b)];
  const powers = [power, (g, y, a, b) => g * b * power(a, a === 0 && b === 0 ? 1 : b - 1), (g, y, a) => g * y * logOfBase(a)];
  const whether = (f) => [(a, b) => +f(a, b)], and = whether((a, b) => truth(a) && truth(b)),
    or = whether((a, b) => truth(a) || truth(b)), xor = whether((a, b) => truth(a) !== truth(b));
  const BINARY = {
    add: [(a, b) => a + b, (g) => g, (g) => g, "moved"], subtract: minus, deviation: minus,
    multiply: [(a, b) => a * b, (g, y, a, b) => g * b, (g, y, a) => g * a, "product"],
    divide: quotient((a, b) => a / b), direction: quotient(direction), power: powers, float_power: powers,
    maximum: extreme(Math.max), minimum: extreme(Math.min), fmax: either(Math.max), fmin: either(Math.min),
    copysign: [signed, (g, y, a, b) => g * sign(a) * signed(1, b), () => 0],
    heaviside: [(x, h) => (x === 0 ? h : x > 0 ? 1 : x < 0 ? 0 : NaN), () => 0, (g, y, x) => (x === 0 ? g : 0), "chosen"],
    logaddexp2: [(a, b) => (a === b ? a + 1 : Math.max(a, b) + Math.log2(1 + 2 ** -abs(a - b))), weighted2, (g, y, a, b) => weighted2(g, y, b, a)],
    logaddexp: [(a, b) => (a === b ? a + LN2 : Math.max(a, b) + Math.log1p(exp(-abs(a - b)))), weighted, (g, y, a, b) => weighted(g, y, b, a)],
    hypot: [hypot, (g, y, a) => g * direction(a, y), (g, y, a, b) => g * direction(b, y)],
    arctan2: [Math.atan2, (g, y, a, b) => g * far(b, hypot(a, b)), (g, y, a, b) => -g * far(a, hypot(a, b))],
    remainder: [mod, ...modulo], fmod: [(a, b) => a % b, ...modulo], floor_divide: [floorDivide],
    greater: whether((a, b) => a > b), less: whether((a, b) => a < b), greater_equal: whether((a, b) => a >= b),
    less_equal: whether((a, b) => a <= b), equal: whether((a, b) => a === b), not_equal: whether((a, b) => a !== b),
    logical_and: and, bitwise_and: and, logical_or: or, bitwise_or: or, logical_xor: xor, bitwise_xor: xor,
  };

  // Of each group, with a number of lost degrees of freedom: the value, and the rule, which gives as many elements.
  const sum = (x) => x.reduce((s, v) => s + v, 0), mean = (x) => sum(x) / x.length, all = (x, v) => x.map(() => v);
  const centered = (x) => { const d = x.map((v) => v - x[0]), m = mean(d); return d.map((v) => v - m); };
  const peak = (x) => { const m = Math.max(...x); return finite(m) ? m : 0; };
  const shares = (x) => { const m = peak(x), e = x.map((v) => exp(v - m)), s = sum(e); return e.map((v) => v / s); };
  const variance = (x, p) => sum(centered(x).map((v) => v * v)) / Math.max(x.length - p, 0);
  const best = (f) => [(x) => f(...x), (g, y, x) => {
    const n = x.filter((v) => v === y).length;
    return x.map((v) => (isNaN(y) && g !== 0 ? g * y : v === y ? g * (1 / n) : 0));
  }, "chosen"];
  const where = (better) => [(x) => x.reduce((k, v, i) => (isNaN(x[k]) || !(better(v, x[k]) || isNaN(v)) ? k : i), 0)];
  const FOLD = {
    sum: [sum, (g, y, x) => all(x, g), "moved"], mean: [mean, (g, y, x) => all(x, g * (1 / x.length)), "moved"],
    max: best(Math.max), min: best(Math.min),
    prod: [(x) => x.reduce((s, v) => s * v, 1), (g, y, x) => x.map((_, k) => g * x.reduce((s, v, i) => (i === k ? s : s * v), 1))],
    var: [variance, (g, y, x, p) => { const n = Math.max(x.length - p, 0); return centered(x).map((v) => g * (2 / n) * v); }],
    std: [(x, p) => sqrt(variance(x, p)), (g, y, x, p) => {
      const n = Math.max(x.length - p, 0);
      return centered(x).map((v) => (1 / n) * (g * direction(v, y)));
    }],
    mean_square: [(x) => sum(x.map((v) => v * v)) / x.length, (g, y, x) => x.map((v) => g * (2 / x.length) * v)],
    norm: [(x) => sqrt(sum(x.map((v) => v * v))), (g, y, x) => x.map((v) => g * direction(v, y))],
    logsumexp: [(x) => { const m = peak(x); return log(sum(x.map((v) => exp(v - m)))) + m; }, (g, y, x) => {
      const m = peak(x), e = x.map((v) => exp(v - m)), total = sum(e), s = total === 0 ? 1 : total;
      return e.map((v) => (g * v) / s);
    }],
    any: [(x) => +x.some(truth)], all: [(x) => +x.every(truth)], count_nonzero: [(x) => x.filter(truth).length],
    argmax: where((a, b) => a > b), argmin: where((a, b) => a < b),
  };
  FOLD.level = [(x) => x[0] + mean(x.map((v) => v - x[0])), ...FOLD.mean.slice(1)];  // of equal elements it is they

  // Of each group as many elements: the values, and the rule, for the gradients of all of them.
  const LINE = {
    shares: [shares, (g, y) => { const s = sum(g.map((v, k) => v * y[k])); return y.map((v, k) => v * g[k] - v * s); }],
    log_shares: [(x) => { const m = peak(x), s = log(sum(x.map((v) => exp(v - m)))); return x.map((v) => v - m - s); },
      (g, y) => { const s = sum(g); return g.map((v, k) => v - exp(y[k]) * s); }],
    centered: [centered, centered],
    cumprod: [(x) => { let p = 1; return x.map((v) => (p *= v)); },
      (g, y, x) => x.map((_, i) => x.reduce(([p, s], v, j) => { const q = j === i ? p : p * v; return [q, j < i ? s : s + g[j] * q]; }, [1, 0])[1])],
    argsort: [(x) => x.map((_, k) => k).sort((j, k) => (isNaN(x[j]) ? isNaN(x[k]) ? 0 : 1 : isNaN(x[k]) ? -1 : x[j] < x[k] ? -1 : +(x[j] > x[k])))],
    cumsum: [(x) => { let s = 0; return x.map((v) => (s += v)); },
      (g) => { let s = 0; return g.slice().reverse().map((v) => (s += v)).reverse(); }],
  };

  const at = (places, i) => (places === 0 ? i : places === 1 ? 0 : places[i]);
  function grouped(groups, count, size) {
    const found = Array.from({ length: count }, () => []);
    for (let i = 0; i < size; i++) found[groups === 0 ? 0 : groups[i]].push(i);
    return found;
  }

  return { UNARY, BINARY, FOLD, LINE, at, grouped, finite };
})();
