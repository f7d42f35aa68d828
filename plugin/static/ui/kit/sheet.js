/**
 * A sheet that rises from below. Escape, the close button, a pull downwards, Android's back and (for a modal one) a tap
 * beside it close it; the focus stays inside while it is open and goes back to where it was.
 *
 *   const sheet = openSheet({ title, body, foot, modal, kind, extra, onClose, backTo })   extra: elements beside the close button
 *   sheet.element  sheet.close()  sheet.setTitle(text)
 *
 * backTo is called where what had the focus has gone meanwhile (the wall's twin draws its cells anew).
 * modal: false leaves the wall usable with the pointer while the sheet is open (one photo); keys stay in the sheet.
 * No history is changed: the address belongs to the platform.
 */
import { el, iconButton, reducedMotion } from "./dom.js"
import { words } from "../../words/words.js"

const LEAVE = 140 // milliseconds, as --quick in the style sheet
const PULL_TO_CLOSE = 90 // pixels
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex='0']"

export function openSheet({ title, body, foot, modal = true, kind = "", extra = [], onClose = () => {}, backTo = () => {} }) {
  const before = document.activeElement
  const heading = el("h2", { id: `sheet-${++made}`, tabindex: "-1" }, title)
  const top = el("div.sheet-top", {}, heading, el("div.sheet-does", {}, extra, iconButton("close", words.close, () => close())))
  const element = el("dialog.sheet", { class: kind, "aria-labelledby": heading.id }, top, body, foot)
  let open = true
  const sheet = {
    element,
    close,
    setTitle: (text) => {
      heading.textContent = text
    },
  }

  function close() {
    if (!open) return
    open = false
    stack.splice(stack.indexOf(sheet), 1)
    document.removeEventListener("keydown", escape)
    watcher?.destroy()
    element.classList.add("leaving")
    onClose()
    const isHere = element.contains(document.activeElement) || document.activeElement === document.body
    if (isHere) back(before, backTo)
    setTimeout(() => {
      element.close()
      element.remove()
      // Until now a modal sheet has kept everything beside it from having the focus.
      if (isHere && document.activeElement === document.body) back(before, backTo)
    }, reducedMotion() ? 0 : LEAVE)
  }

  element.addEventListener("cancel", (event) => {
    if (event.target !== element) return // a file picker inside was cancelled
    event.preventDefault()
    close()
  })
  element.addEventListener("keydown", (event) => {
    if (event.key === "Tab") keepInside(event, element)
  })
  const escape = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || stack.at(-1) !== sheet) return
    event.preventDefault()
    close()
  }
  document.addEventListener("keydown", escape)
  element.addEventListener("pointerdown", (event) => {
    if (modal && event.target === element && isBeside(event, element)) close()
  })
  pullToClose(top, element, close)
  keepFocus(element, () => open && heading.focus({ preventScroll: true }))

  stack.push(sheet)
  document.getElementById("sheets").append(element)
  if (modal) element.showModal()
  else element.show()
  const watcher = modal ? null : watchForBack(close)
  heading.focus({ preventScroll: true })
  return sheet
}

/** Whatever is open was somebody else's. */
export const closeSheets = () => [...stack].reverse().forEach((sheet) => sheet.close())

let made = 0
const stack = [] // open sheets; the last one lies on top

/** Android's back gesture, where the browser offers it; a modal dialog has it by itself. */
function watchForBack(close) {
  if (!("CloseWatcher" in globalThis)) return null
  const watcher = new CloseWatcher()
  watcher.onclose = close
  return watcher
}

function back(element, backTo) {
  if (element === document.body) return
  if (element?.isConnected) element.focus({ preventScroll: true })
  if (document.activeElement === element) return
  const below = stack.at(-1)?.element // what it was opened from has drawn itself anew, or cannot be pressed any more
  if (below) below.querySelector("h2").focus({ preventScroll: true })
  else if (!element?.isConnected) backTo()
}

/** The veil around a modal dialog counts as the dialog itself. */
function isBeside({ clientX, clientY }, element) {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return clientX < left || clientX > right || clientY < top || clientY > bottom
}

function keepInside(event, element) {
  const all = [...element.querySelectorAll(FOCUSABLE)].filter((each) => each.getClientRects().length)
  const [first, last] = [all[0], all.at(-1)]
  const at = document.activeElement
  if (event.shiftKey ? at === first || !all.includes(at) : at === last) {
    event.preventDefault()
    ;(event.shiftKey ? last : first)?.focus()
  }
}

/** What has the focus may be hidden or taken out by what others do: `lost` is called then, before the focus falls to the page. */
function keepFocus(element, lost) {
  let last = null
  element.addEventListener("focusin", (event) => (last = event.target))
  const watcher = new MutationObserver(() => {
    if (!last || last.getClientRects().length) return
    if (document.activeElement === last || document.activeElement === document.body) lost()
  })
  watcher.observe(element, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden"] })
}

function pullToClose(handle, element, close) {
  let from = null
  handle.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return
    from = event.clientY
    handle.setPointerCapture(event.pointerId)
  })
  handle.addEventListener("pointermove", (event) => {
    if (from !== null) element.style.translate = `0 ${Math.max(0, event.clientY - from)}px`
  })
  const end = (event) => {
    if (from === null) return
    const pulled = event.clientY - from
    from = null
    element.style.translate = ""
    if (event.type === "pointerup" && pulled > PULL_TO_CLOSE) close()
  }
  handle.addEventListener("pointerup", end)
  handle.addEventListener("pointercancel", end)
}
