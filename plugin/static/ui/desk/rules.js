/**
 * The host's own rules about what shows: words that nobody may use, whose photos need no look any more, and what becomes of
 * pictures that our check takes for sexual ones, where it is installed.
 *
 *   const rules = createRules({ api })    rules.element    rules.show({ moderation })
 */
import { attempting, el, showError } from "../kit/dom.js"
import { createToggle } from "../kit/toggle.js"
import { words } from "../../words/desk.js"

const ROWS = 5
const CHECKS = ["off", "ask", "refuse"]
const say = words.rules

export function createRules({ api }) {
  const error = el("p.error", { id: "rules-wrong", role: "alert", hidden: true })
  const said = el("p.small", { role: "status" })
  const list = el("textarea.field", { id: "own-words", rows: ROWS, dir: "auto", autocapitalize: "none", spellcheck: "false", "aria-describedby": `own-words-more ${error.id}` })
  const trust = createToggle({ label: say.trust, more: say.trustMore, tell: (isOn) => api.patch("/api/host/event", { trusts: isOn }) })
  const form = el(
    "form",
    { novalidate: true, on: { submit: save, input: () => (said.textContent = "") } },
    el("label", { htmlFor: list.id }, say.words),
    list,
    el("p.small", { id: "own-words-more" }, say.wordsMore),
    error,
    el("div.answers", {}, el("button.button", { type: "submit" }, say.save), said),
  )
  const checking = createChecking({ tell: (wanted) => api.patch("/api/host/event", { picture_check: wanted }) })
  const element = el("details.part.setting.rules", {}, el("summary", {}, say.title), form, trust.element, checking.element)

  async function save(event) {
    event.preventDefault()
    showError(error, list, null)
    try {
      const { moderation } = await api.patch("/api/host/event", { own_words: list.value })
      list.value = moderation.own_words
      said.textContent = say.saved
    } catch (failure) {
      showError(error, list, failure.message)
      list.focus()
    }
  }

  return {
    element,
    /** The list not while somebody may be at it. */
    show({ moderation }) {
      trust.show(moderation.trusts)
      checking.show(moderation)
      if (!element.open) list.value = moderation.own_words
    },
  }
}

function createChecking({ tell }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const choices = CHECKS.map((wanted) => el("input", { type: "radio", name: "picture-check", value: wanted, on: { change: () => choose(wanted) } }))
  const attempt = attempting(error)
  const element = el(
    "fieldset.part.checking",
    { hidden: true, "aria-describedby": "checking-more" },
    el("legend", {}, say.check),
    el("div.choices", {}, choices.map((choice) => el("label.choice", {}, choice, say.checks[choice.value]))),
    el("p.small", { id: "checking-more" }, say.checkMore),
    error,
  )
  let told = CHECKS[0]
  let changing = false

  async function choose(wanted) {
    changing = true
    if (await attempt(() => tell(wanted))) told = wanted
    changing = false
    put()
  }

  const put = () => choices.forEach((choice) => (choice.checked = choice.value === told))

  return {
    element,
    show({ picture_check: wanted, can_check: can }) {
      element.hidden = !can
      if (changing) return
      told = wanted
      put()
    },
  }
}
