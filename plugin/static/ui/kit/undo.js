/**
 * Something that can be taken back for a few seconds before it is done.
 *
 *   offerUndo({ text, undo, onDone, onUndo, backTo })   undo: the button's words
 *
 * onDone is called once the seconds are over, when the page goes, or when something else is offered meanwhile; onUndo where
 * the button was pressed. Whoever is at the button then goes on at backTo().
 */
import { el } from "./dom.js"

const SECONDS = 5
let finish = null

export function offerUndo({ text, undo, onDone, onUndo, backTo = () => {}, clock = globalThis }) {
  finish?.()
  const button = el("button.button", { type: "button", on: { click: () => end(onUndo) } }, undo)
  const bar = el("div.undo", {}, el("p", { role: "status" }, text), button)
  const timer = clock.setTimeout(() => end(onDone), SECONDS * 1000)
  const leave = () => end(onDone)

  function end(what) {
    if (finish !== leave) return
    finish = null
    clock.clearTimeout(timer)
    removeEventListener("pagehide", leave)
    const hasFocus = bar.contains(document.activeElement)
    bar.remove()
    if (hasFocus) backTo()
    what()
  }

  /** A sheet that was modal keeps the focus until it is gone. */
  function seize() {
    button.focus({ preventScroll: true })
    if (document.activeElement === button || finish !== leave) document.removeEventListener("close", seize, true)
  }

  finish = leave
  addEventListener("pagehide", leave)
  document.getElementById("sheets").after(bar)
  document.addEventListener("close", seize, true)
  seize()
}
