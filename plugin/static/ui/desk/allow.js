/**
 * What people may do with each other, and the language of the event: each takes effect at once, for everybody.
 *
 *   const allow = createAllow({ api })    allow.element    allow.show(event)
 */
import { el, showError } from "../kit/dom.js"
import { createToggle } from "../kit/toggle.js"
import { page } from "../../words/languages.js"
import { words } from "../../words/desk.js"

const say = words.allow

export function createAllow({ api }) {
  const change = (wish) => api.patch("/api/host/event", wish)
  const hellos = createToggle({ label: say.hellos, more: say.hellosMore, tell: (isOn) => change({ hellos: isOn }) })
  const lines = createToggle({ label: say.lines, more: say.linesMore, tell: (isOn) => change({ lines: isOn }) })
  const language = languageChoice({ tell: (wanted) => change({ language: wanted }) })
  const element = el("details.part.setting.allow", {}, el("summary", {}, say.title), hellos.element, lines.element, language.element)

  return {
    element,
    show(event) {
      hellos.show(event.hellos)
      lines.show(event.lines)
      language.show(event.language)
    },
  }
}

/** Each language by its own name. */
function languageChoice({ tell }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const options = Object.entries(page.names).map(([code, name]) => el("option", { value: code, lang: code }, name))
  const select = el("select.field", { id: "event-language", on: { change } }, el("option", { value: "" }, say.languageOwn), options)
  let told = ""
  let changing = false

  async function change() {
    changing = true
    showError(error, select, null)
    try {
      await tell(select.value)
      told = select.value
    } catch (failure) {
      select.value = told
      showError(error, select, failure.message)
    }
    changing = false
  }

  return {
    element: el("div.part", {}, el("label", { htmlFor: select.id }, say.language), select, el("p.small", {}, say.languageMore), error),
    show(wanted) {
      told = wanted
      if (!changing && document.activeElement !== select) select.value = wanted
    },
  }
}
