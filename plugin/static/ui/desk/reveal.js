/**
 * The reveal, for hosts: started for everybody with a few seconds' notice, undone, and seen first by the host alone.
 *
 *   const reveal = createReveal({ api, fail })      fail(message) tells what went wrong
 *   reveal.buttons  reveal.element  reveal.show({ revealed, reveal, placed })
 */
import { el } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const LOOK_AGAIN = 1000 // milliseconds
const PATIENCE = 120 // looks, at a large wall

export function createReveal({ api, fail }) {
  const say = words.revealing
  const start = el("button.button", { type: "button", hidden: true, on: { click: () => set(start.dataset.wants === "true") } })
  const first = el("button.button", { type: "button", hidden: true, on: { click: look } }, say.preview)
  const picture = el("img", { alt: say.previewAlt })
  const text = el("p.small", { role: "status" })
  const close = el("button.button", { type: "button", on: { click: hide } }, words.close)
  const go = el("button.button.main", { type: "button", on: { click: () => set(true) } }, say.start)
  const element = el("section.reveal-preview", { "aria-label": say.preview, hidden: true }, text, picture, el("div.answers", {}, go, close))
  let address = ""
  let asked = 0

  function show({ revealed, reveal, placed }) {
    const left = reveal ? Math.ceil(reveal.starts_in) : 0
    start.hidden = !placed
    start.textContent = left > 0 ? say.callOff(left) : revealed ? words.undoReveal : words.reveal
    start.dataset.wants = String(!revealed)
    first.hidden = !placed || revealed || !element.hidden
    if (revealed && !element.hidden) hide()
  }

  async function set(revealed) {
    for (const button of [start, go]) button.disabled = true
    try {
      const { reveal } = await api.post("/api/host/reveal", { revealed })
      if (revealed) hide()
      show({ revealed, reveal, placed: 1 })
    } catch (error) {
      fail(error.message)
    } finally {
      for (const button of [start, go]) button.disabled = false
    }
  }

  /** Nobody else sees it: it is no address that could be passed on, but a picture that only this page holds. */
  async function look() {
    const mine = ++asked
    first.hidden = true
    element.hidden = false
    picture.hidden = go.hidden = true
    text.textContent = say.making
    try {
      await api.post("/api/host/reveal/preview", {})
      for (let looks = 0; looks < PATIENCE && mine === asked; looks++) {
        const answer = await api.open("/api/host/reveal/preview.jpg")
        if (answer.status === 200) return mine === asked && showPicture(await answer.blob())
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
      }
      if (mine === asked) text.textContent = say.tooLong
    } catch (error) {
      if (mine === asked) text.textContent = error.message
    }
  }

  function showPicture(blob) {
    URL.revokeObjectURL(address)
    address = URL.createObjectURL(blob)
    picture.src = address
    picture.hidden = go.hidden = false
    text.textContent = say.previewMore
  }

  function hide() {
    asked++
    element.hidden = true
    first.hidden = start.hidden || start.dataset.wants === "false"
    URL.revokeObjectURL(address)
    picture.removeAttribute("src")
  }

  return { buttons: [first, start], element, show }
}
