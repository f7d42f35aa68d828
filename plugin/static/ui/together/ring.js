/** The seconds until the line moves, as a ring. */
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

const ROUND = 90 // seconds

/** Ninety seconds as a ring that empties; for screen readers a line of text that they may read whenever they like. */
export function makeRing() {
  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    return element
  }
  const round = 2 * Math.PI * 20
  const track = svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-track" })
  const hand = svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-hand", "stroke-dasharray": round, "stroke-dashoffset": 0 })
  const picture = svg("svg", { viewBox: "0 0 48 48", "aria-hidden": "true" })
  picture.append(track, hand)
  const count = el("span.ring-count", { "aria-hidden": "true" })
  const text = el("span.aside")
  return {
    element: el("div.ring", { role: "timer" }, picture, count, text),
    show(left) {
      const seconds = Math.ceil(left)
      hand.setAttribute("stroke-dashoffset", String(round * (1 - Math.min(1, left / ROUND))))
      count.textContent = new Intl.NumberFormat(document.documentElement.lang).format(seconds)
      text.textContent = words.lineMoves(seconds)
    },
  }
}
