/**
 * Who sees the stage: this event alone, or a recording and strangers. It decides who is on it without saying so.
 *
 *   const stage = createStageSwitch({ tell: async (isPublic) => … });  stage.element  stage.show(isPublic)
 */
import { el, showError } from "../kit/dom.js"
import { words } from "../../words/desk.js"

export function createStageSwitch({ tell }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const input = el("input.switch", { type: "checkbox", role: "switch", on: { change } })
  let changing = false // what the service said before it heard of the change does not count

  async function change() {
    changing = true
    showError(error, null, null)
    try {
      await tell(input.checked)
    } catch (failure) {
      input.checked = !input.checked
      showError(error, null, failure.message)
    }
    changing = false
  }

  return {
    element: el("div.part", {}, el("label.switch-row", {}, el("span", {}, words.stagePublic, el("span.small", {}, words.stagePublicMore)), input), error),
    show(isPublic) {
      if (!changing) input.checked = isPublic
    },
  }
}
