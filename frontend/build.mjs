// Compiles app.scss, makes the result direction-neutral, adds our own look, checks, minifies and writes ../static/app.css.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static", "app.css");
const LIMIT = 20_000;

// Drawn with borders and turned by `transform`: these glyphs must not be mirrored by the transform below.
const GLYPHS = /checkboxes__label:after|checkboxes__label::after|back-link::before|breadcrumbs__list-item::before|details__summary::before/;

const CORNERS = { "top-left": "start-start", "top-right": "start-end", "bottom-left": "end-start", "bottom-right": "end-end" };
const SIDES = { left: "inline-start", right: "inline-end" };

function logical(name, value) {
  const important = /\s*!important$/.test(value) ? " !important" : "";
  const plain = value.replace(/\s*!important$/, "");
  const corner = name.match(/^border-(top|bottom)-(left|right)-radius$/);
  if (corner) return [[`border-${CORNERS[`${corner[1]}-${corner[2]}`]}-radius`, value]];
  const side = name.match(/^(margin|padding|scroll-margin|scroll-padding|border)-(left|right)(-color|-width|-style)?$/);
  if (side) return [[`${side[1]}-${SIDES[side[2]]}${side[3] ?? ""}`, value]];
  if (name === "left" || name === "right") return [[`inset-${SIDES[name]}`, value]];
  if (name === "text-align" || name === "justify-content") return [[name, value.replace(/\bleft\b/, "start").replace(/\bright\b/, "end")]];
  if (name === "float" || name === "clear") return [[name, value.replace(/\bleft\b/, "inline-start").replace(/\bright\b/, "inline-end")]];
  const four = fourSides(plain);
  if (four && four[1] !== four[3]) {
    const [top, right, bottom, left] = four;
    if (name === "margin" || name === "padding")
      return [[`${name}-block`, `${top} ${bottom}${important}`], [`${name}-inline`, `${left} ${right}${important}`]];
    const edge = name.match(/^border-(width|color|style)$/);
    if (edge) return [[`border-block-${edge[1]}`, `${top} ${bottom}`], [`border-inline-${edge[1]}`, `${left} ${right}`]];
    if (name === "inset") return [["inset-block", `${top} ${bottom}`], ["inset-inline", `${left} ${right}`]];
  }
  return [[name, value]];
}

function fourSides(value) {
  const words = [];
  let depth = 0, word = "";
  for (const c of value) {
    if (c === "(") depth++;
    if (c === ")") depth--;
    if (c === " " && depth === 0) { words.push(word); word = ""; } else word += c;
  }
  words.push(word);
  return words.length === 4 ? words : null;
}

/** Walks the declarations of expanded CSS (one a line), with the selector they stand under. */
function mapDeclarations(css, change) {
  let selector = "";
  return css.split("\n").flatMap((line) => {
    const open = line.match(/^\s*(.*?)\s*\{$/);
    if (open) { selector = open[1]; return [line]; }
    const declaration = line.match(/^(\s*)([a-z-]+):\s*(.+);$/);
    if (!declaration) return [line];
    return change(declaration[2], declaration[3], selector).map(([n, v]) => `${declaration[1]}${n}: ${v};`);
  }).join("\n");
}

const isGlyph = (name, selector) => name === "border-width" && GLYPHS.test(selector);

const DEAD = new Set(["-webkit-font-smoothing", "-moz-osx-font-smoothing", "-webkit-text-decoration-skip", "text-decoration-skip", "-ms-user-select", "-webkit-clip-path", "word-wrap"]);

function neutral(css) {
  return mapDeclarations(css, (name, value, selector) => {
    if (DEAD.has(name)) return [];
    const short = value.replace(/var\((--govuk-[a-z-]+), #[0-9a-f]+\)/g, "var($1)");
    return isGlyph(name, selector) ? [[name, short]] : logical(name, short);
  });
}

/** The golden check: whatever still knows left from right. */
function physical(css) {
  const found = [];
  mapDeclarations(css, (name, value, selector) => {
    const changed = logical(name, value);
    const same = changed.length === 1 && changed[0][0] === name && changed[0][1] === value;
    if (!same && !isGlyph(name, selector)) found.push(`${selector} { ${name}: ${value} }`);
    return [[name, value]];
  });
  return found;
}

function refuse(sentence, lines = []) {
  console.error([sentence, ...lines].join("\n  "));
  process.exit(1);
}

const govuk = sass.compile(join(here, "app.scss"), { loadPaths: [join(here, "node_modules")], quietDeps: true }).css;
const OWN = ["frame", "parts", "pages"]; // what comes later may say otherwise
const read = (name) => readFileSync(join(here, "own", `${name}.css`), "utf8");
const own = sass.compileString(OWN.map(read).join("\n"), { syntax: "css" }).css;

const fromOwn = physical(own);
if (fromOwn.length) refuse("Our own look names a left or a right; use logical properties:", fromOwn);

const whole = `${neutral(govuk).replace(/^@charset.*\n/, "")}\n${own.replace(/^@charset.*\n/, "")}`;
const left = physical(whole);
if (left.length) refuse("Properties that still know left from right:", left);
for (const word of ["crest", "crown", "GDS Transport"]) if (whole.includes(word)) refuse(`The compiled file still contains "${word}".`);
if (/url\((?!["']?data:|["']?#)/.test(whole)) refuse("The compiled file asks for another file.");

const small = sass.compileString(whole, { syntax: "css", style: "compressed" }).css;
const notice = "/*! Contains GOV.UK Frontend 6.6.0, Copyright (c) 2017 Crown Copyright (Government Digital Service), MIT licence. Built by frontend/build.mjs. */\n";
const size = gzipSync(notice + small, { level: 9 }).length;
if (size > LIMIT) refuse(`static/app.css would weigh ${size} bytes gzipped; the limit is ${LIMIT}.`);
writeFileSync(target, notice + small + "\n");
console.log(`static/app.css: ${notice.length + small.length} bytes, ${size} gzipped; physical properties outside the allow-list: 0`);
