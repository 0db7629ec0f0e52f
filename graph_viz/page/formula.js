// The rule of an operation as mathematics (MathML), with the names of the picture for its letters.

const MATH = "http://www.w3.org/1998/Math/MathML";
const VARIABLE = /(?<![\p{L}\p{N}_′])[ȳyxab](?![\p{Lu}\p{Ll}\p{Nd}_′\u0304])/u;
const TOKEN = /\s*(?:(\d[\d.]*(?:e−?\d+)?|[∞…])|(\u0001\d+\u0002)|([\p{L}π]\p{M}?[\p{L}\p{N}_′]*)|([²³ᵀ⁻¹]+)|(.))/uy;
const LOW = /(?<![\p{L}\p{N}_])(\p{L}+_(?:\{[^{}]+\}|[\p{L}\p{N}]{1,2}(?![\p{L}\p{N}_])))/u;
const BETWEEN = ["·", "×", "@", "⊗"];

function math(tag, ...children) {
  const e = document.createElementNS(MATH, tag);
  e.append(...children);
  return e;
}

// A text in pieces: `lowered` makes one of a name and what follows its _, `plain` of the rest.
function lowIn(text, lowered, plain) {
  return text.split(LOW).flatMap((part, k) => {
    const [stem, low] = k % 2 ? [part.slice(0, part.indexOf("_")), part.slice(part.indexOf("_") + 1)] : [];
    return stem ? [lowered(stem, low.replace(/[{}]/g, ""))] : part ? [plain(part)] : [];
  });
}

// A name, with what follows a _ set low.
function nameIn(text) {
  const all = lowIn(text, (stem, low) => math("msub", math("mi", stem), math("mi", low)), (part) => math(/^[\d−.]+$/.test(part) ? "mn" : "mi", part));
  const e = all.length === 1 ? all[0] : math("mrow", ...all);
  if (text.includes("√")) e.setAttribute("class", "gv-plain");  // a font of mathematics has it hang low, to be stretched
  return e;
}

// A name that is a formula itself, in brackets.
function held(name) {
  let text = name, before;
  do [before, text] = [text, text.replace(/\([^()]*\)|\[[^[\]]*\]|\|[^|]*\|/g, "")]; while (text !== before);
  return /[·+−/@^]/.test(text) ? `(${name})` : name;
}

const partial = (of, name) => math("mfrac", math("mrow", math("mo", "∂"), nameIn(of)), math("mrow", math("mo", "∂"), nameIn(held(name))));

// `text` with elements for its marks; a formula where it is one, else words with names among them.
function formula(text, elements) {
  try {
    return new Parser(text, elements).whole();
  } catch {
    const parts = text.split(/(\u0001\d+\u0002)/).filter(Boolean);
    return math("mrow", ...parts.map((part) => (part[0] === "\u0001" ? elements[parseInt(part.slice(1))].cloneNode(true) : math("mtext", part))));
  }
}

// A rule in pieces, in which ȳ is the gradient of y and x, a, b are the arguments of the operation: with names for these.
function namedIn(text, result, given) {
  const letters = given.length === 1 ? ["x"] : ["a", "b"], parts = text.split(new RegExp(`(${VARIABLE.source})`, "u"));
  for (let k = 1; k < parts.length; k += 2) {
    const name = parts[k] === "y" ? result : given[letters.indexOf(parts[k])];
    if (parts[k] === "ȳ" || name === undefined) continue;
    const whole = parts[k - 1].endsWith("(") && parts[k + 1].startsWith(")") ? name : held(name);
    const twice = whole.endsWith("ᵀ") && parts[k + 1].startsWith("ᵀ");  // transposed and back
    if (twice) parts[k + 1] = parts[k + 1].slice(1);
    parts[k] = { name: twice ? whole.slice(0, -1) : whole };
  }
  return parts;
}

// A rule as mathematics, and as text.
function ruleIn(text, of, result, given) {
  const elements = [], mark = (element) => `\u0001${elements.push(element) - 1}\u0002`;
  const marked = namedIn(text, result, given).map((part) => (part === "ȳ" ? mark(partial(of, result)) : part.name === undefined ? part : mark(nameIn(part.name))));
  return formula(marked.join(""), elements);
}
const ruleTold = (text, of, result, given) =>
  namedIn(text, result, given).map((part) => (part === "ȳ" ? `∂${of}/∂${held(result)}` : part.name ?? part)).join("");

// Sums of products of powers. What is not one ends in an error.
class Parser {
  constructor(text, elements) {
    this.tokens = [];
    TOKEN.lastIndex = 0;
    for (let found; TOKEN.lastIndex < text.length && (found = TOKEN.exec(text));) this.tokens.push(found);
    Object.assign(this, { k: 0, elements });
  }

  get next() { return this.tokens[this.k]?.[0].trim(); }

  take(wanted) {
    if (wanted !== undefined && this.next !== wanted) throw new Error(`no ${wanted}`);
    return this.tokens[this.k++];
  }

  whole() {
    const row = this.sum();
    if (this.k < this.tokens.length) throw new Error("more");
    return row;
  }

  sum() {
    const row = [this.product()];
    while (["+", "−"].includes(this.next)) row.push(math("mo", this.take()[0].trim()), this.product());
    return math("mrow", ...row);
  }

  product() {
    let row = [this.signed()];
    for (;;) {
      if (BETWEEN.includes(this.next)) row.push(math("mo", this.take()[0].trim()), this.signed());
      else if (["/", "÷"].includes(this.next)) {
        this.take();
        row = [math("mfrac", math("mrow", ...row), bare(this.signed()))];
      } else return math("mrow", ...row);
    }
  }

  signed() {
    if (this.next !== "−") return this.power();
    this.take();
    return math("mrow", math("mo", "−"), this.power());
  }

  power() {
    let base = this.atom();
    for (;;) {
      if (this.next === "^") {
        this.take();
        base = math("msup", base, bare(this.atom()));
      } else if (this.tokens[this.k]?.[4]) base = math("msup", base, math("mn", this.take()[4].replace("²", "2").replace("³", "3").replace("ᵀ", "T").replace("⁻", "−").replace("¹", "1")));
      else return base;
    }
  }

  atom() {
    const [, number, mark, name, , sign] = this.take() ?? [];
    if (number) return math("mn", number);
    if (mark) return this.elements[parseInt(mark.slice(1))].cloneNode(true);
    if (sign === "√" && this.next === "(") return math("msqrt", bare(this.bracket()));
    if (name) return this.next === "(" ? math("mrow", math("mi", name), this.bracket()) : math("mi", name);
    if (sign === "(") {
      this.k--;
      return this.bracket();
    }
    throw new Error("no formula");
  }

  bracket() {
    this.take("(");
    const row = [math("mo", "("), this.sum()];
    while (this.next === ",") {
      this.take();
      row.push(math("mo", ","), this.sum());
    }
    this.take(")");
    return math("mrow", ...row, math("mo", ")"));
  }
}

// What stands in brackets, where a bar or a root holds it together anyway.
function bare(row) {
  const inside = [...row.children];
  if (inside[0]?.textContent !== "(" || inside[inside.length - 1]?.textContent !== ")") return row;
  return math("mrow", ...inside.slice(1, -1));
}
