/**
 * What a few people say to each other, the newest in view. Only what is new is added, so that screen readers hear it once;
 * what is gone (somebody was blocked) goes.
 *
 *   const log = makeLog({ label, empty })   empty: words to show while nothing was said
 *   log.element  log.show(lines) -> whether somebody else said something new  log.clear()
 */
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

const NEAR = 40 // pixels from the end, within which one reads along

export function makeLog({ label, empty }) {
  const list = el("ol.plain.lines")
  const nothing = el("p.small.log-empty", {}, empty)
  const element = el("div.log", { role: "log", "aria-label": label, tabindex: "0", on: { scroll: note } }, nothing, list)
  let follows = true
  let last = 0
  // A keyboard on screen takes room: the last words stay in view.
  if ("ResizeObserver" in globalThis) new ResizeObserver(toEnd).observe(element)

  /** Only a scroll upwards says that somebody reads what was before; a sheet that has less room scrolls nothing. */
  function note() {
    const top = element.scrollTop
    if (element.scrollHeight - top - element.clientHeight < NEAR) follows = true
    else if (top < last) follows = false
    last = top
  }

  function toEnd() {
    if (follows) element.scrollTop = element.scrollHeight
  }

  function show(lines) {
    const there = new Map([...list.children].map((each) => [Number(each.dataset.id), each]))
    const wanted = new Set(lines.map(({ id }) => id))
    for (const [id, each] of there) if (!wanted.has(id)) each.remove()
    const fresh = lines.filter(({ id }) => !there.has(id))
    for (const line of fresh) list.insertBefore(said(line), [...list.children].find((each) => Number(each.dataset.id) > line.id) ?? null)
    nothing.hidden = lines.length > 0
    if (fresh.some(({ mine }) => mine)) follows = true
    if (fresh.length) toEnd()
    return fresh.some(({ mine }) => !mine)
  }

  const said = (line) =>
    el(
      "li.said-line",
      { class: `${line.mine ? "mine" : "theirs"}${line.answers ? " answer" : ""}`, dataset: { id: line.id } },
      line.mine ? el("span.aside", {}, words.yourself, ": ") : el("b.small", {}, el("bdi", {}, line.name || words.nobody), el("span.aside", {}, ": ")),
      el("span.said-words", { dir: "auto" }, line.text),
    )

  return {
    element,
    show,
    clear() {
      follows = true
      list.replaceChildren()
    },
  }
}
