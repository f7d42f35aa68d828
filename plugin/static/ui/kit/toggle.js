/**
 * A switch that takes effect at once: what the service says counts, and what went wrong stands below.
 *
 *   const toggle = createToggle({ label, more, tell: async (isOn) => … })    toggle.element    toggle.show(isOn)
 */
import { el, showError } from "./dom.js"

export function createToggle({ label, more, tell }) {
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
    element: el("div.part", {}, el("label.switch-row", {}, el("span", {}, label, el("span.small", {}, more)), input), error),
    show(isOn) {
      if (!changing) input.checked = isOn
    },
  }
}
