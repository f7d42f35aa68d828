/**
 * Small charts: drawn as SVG, which says nothing to a screen reader, and written beside it as text, which says it all.
 *
 *   curve(points, { start, end }) -> element     points: [{ at, photos }], the captions below its two ends
 *   bars(rows) -> element                        rows: [{ label, text, share }], share from 0 to 1, or null where it is not told
 *   columns(cells) -> element                    cells: [{ label, text, share, said }], said: the whole of it as one sentence
 */
import { el } from "../kit/dom.js"

const SPACE = "http://www.w3.org/2000/svg"
const WIDE = 100
const HIGH = 40

/** A picture of so many units, stretched over its place. */
function drawing(width, height, ...shapes) {
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" })
  svg.append(...shapes)
  return svg
}

function shape(name, attributes) {
  const made = document.createElementNS(SPACE, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/** The corners of a curve that goes up in steps, within a picture of WIDE x HIGH: [[x, y], ...]. Pure. */
export function cornersOf(points) {
  const last = points.at(-1)
  const x = ({ at }) => (last.at ? (at / last.at) * WIDE : WIDE)
  const y = ({ photos }) => HIGH - (photos / last.photos) * (HIGH - 2)
  return [[0, HIGH], ...points.map((point) => [x(point), y(point)]), [WIDE, y(last)]]
}

export function curve(points, { start, end }) {
  const line = cornersOf(points).map((corner) => corner.map((value) => value.toFixed(2)).join(" ")).join("L")
  const picture = drawing(WIDE, HIGH, shape("path", { class: "under", d: `M${line}L${WIDE} ${HIGH}Z` }), shape("path", { class: "edge", d: `M${line}` }))
  return el("div.chart-curve", {}, picture, el("p.chart-ends.small", {}, el("span", {}, start), el("span", {}, end)))
}

/** Its length is told by the text too; where the text tells no number, nor does the length. */
const bar = (share) => drawing(WIDE, 1, shape("rect", { class: "track", width: WIDE, height: 1 }), shape("rect", { class: "fill", width: (share ?? 0) * WIDE, height: 1 }))

export function bars(rows) {
  return el("ul.plain.chart-bars", {}, rows.map(({ label, text, share }) => el("li", {}, el("span", {}, label), el("b", {}, text), bar(share))))
}

export function columns(cells) {
  const upright = (share) => drawing(1, WIDE, shape("rect", { class: "fill", y: WIDE - (share ?? 0) * WIDE, width: 1, height: (share ?? 0) * WIDE }))
  return el(
    "ol.plain.chart-columns",
    {},
    cells.map(({ label, text, share, said }) =>
      el("li", {}, el("span.aside", {}, said), el("b", { "aria-hidden": "true" }, text), upright(share), el("span.small", { "aria-hidden": "true" }, label)),
    ),
  )
}
