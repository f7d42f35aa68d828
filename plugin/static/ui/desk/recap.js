/**
 * The desk's part for the recap: a page with picture, film and numbers, shared by a link and taken back.
 *
 *   createRecap({ api }).element
 */
import { linkRow } from "../kit/copy.js"
import { el, renew, showError } from "../kit/dom.js"
import { words } from "../../words/desk.js"

export function createRecap({ api }) {
  const say = words.recap
  const error = el("p.error", { role: "alert", hidden: true })
  const content = el("div.recap-link")
  const element = el("div.print-offer", {}, el("h3", {}, say.title), el("p.small", {}, say.more), content, error)

  const button = (text, run) =>
    el("button.button", { type: "button", on: { click: (event) => attempt(event.currentTarget, run) } }, text)

  function show({ url }) {
    if (!url) return renew(content, button(say.share, () => api.post("/api/host/recap", {})))
    renew(content, linkRow(say.link, url), el("p.small", {}, say.shared), button(say.stop, () => api.remove("/api/host/recap")))
  }

  async function attempt(pressed, run) {
    pressed.disabled = true
    showError(error, null, null)
    try {
      show(await run())
    } catch (failure) {
      pressed.disabled = false
      showError(error, null, failure.message)
    }
  }

  api.get("/api/host/recap", { cache: "no-store" }).then(show, () => {})
  return { element }
}
