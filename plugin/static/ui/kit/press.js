/**
 * A press takes a moment from down to up, and a browser makes a click of it only where both fall on the same element. What
 * is shown anew meanwhile would swallow the click, or put another person's button under the finger.
 *
 *   afterPress(element, show, within)   shows at once, or right after the press that is under way inside the element, or
 *                               inside `within`; of several for the same element only the last is shown
 *   appear(element, isThere)    it comes, or goes: what lies beside it moves, and so after a press there
 */
let pressed = null
const waiting = new Map() // element -> what to show there

export function afterPress(element, show, within = element) {
  if (pressed && within.contains(pressed)) waiting.set(element, show)
  else show()
}

export function appear(element, isThere) {
  afterPress(element, () => (element.hidden = !isThere), element.parentElement ?? element)
}

function released() {
  pressed = null
  const shows = [...waiting.values()]
  waiting.clear()
  for (const show of shows) show()
}

const page = globalThis.document
page?.addEventListener?.("pointerdown", ({ target }) => (pressed = target), true)
// The click comes right after the release, and before the next task.
for (const end of ["pointerup", "pointercancel"]) page?.addEventListener?.(end, () => setTimeout(released), true)
