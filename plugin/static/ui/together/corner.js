/**
 * Our corner: the photos of one's own breakout room in the light and all others in the shade, until one has seen enough.
 *
 *   const end = await showCorner({ api, view, element, onEnd })   element: what lies over the wall
 */
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

export async function showCorner({ api, view, element, onEnd }) {
  view.light(await everybodyHere(api))
  view.fit()
  const button = el("button.button.corner-end", { type: "button", on: { click: end } }, words.platform.showAll)
  element.append(button)
  button.focus({ preventScroll: true })
  document.addEventListener("keydown", onKey)

  function onKey(event) {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) end()
  }

  function end() {
    document.removeEventListener("keydown", onKey)
    button.remove()
    view.light(null)
    onEnd()
  }

  return end
}

/** The photos of everybody in the room, page by page. */
async function everybodyHere(api) {
  const ids = []
  let after = null
  do {
    const query = new URLSearchParams({ room: "mine" })
    if (after !== null) query.set("after", after)
    const page = await api.get(`/api/people?${query}`)
    ids.push(...page.people.map(({ id }) => id))
    after = page.next
  } while (after !== null)
  return ids
}
