/**
 * What the event is called, asks, and says beside Send: changed while it runs, with effect everywhere at once.
 *
 *   const about = createAbout({ api, onChange })   about.element   about.show(event)    onChange(event): it was saved
 */
import { el, showError } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const FIELDS = { name: 80, prompt: 140, notice: 200, notice_url: 300 } // the longest that the service takes
const say = words.about

export function createAbout({ api, onChange }) {
  const error = el("p.error", { id: "about-wrong", role: "alert", hidden: true })
  const said = el("p.small", { role: "status" })
  const inputs = Object.fromEntries(
    Object.entries(FIELDS).map(([name, longest]) => [name, el("input.field", { id: `about-${name}`, maxlength: longest, dir: "auto", type: name === "notice_url" ? "url" : "text", placeholder: name === "notice_url" ? "https://" : null, "aria-describedby": error.id })]),
  )
  const labels = { name: say.name, prompt: say.prompt, notice: say.notice, notice_url: say.url }
  const form = el(
    "form",
    { novalidate: true, on: { submit: save, input: () => (said.textContent = "") } },
    Object.entries(inputs).map(([name, input]) => el("div.about-field", {}, el("label", { htmlFor: input.id }, labels[name]), input, name === "notice" && el("p.small", {}, say.noticeMore))),
    error,
    el("div.answers", {}, el("button.button", { type: "submit" }, say.save), said),
  )
  const element = el("details.part.setting.about", {}, el("summary", {}, say.title), form)

  async function save(event) {
    event.preventDefault()
    for (const input of Object.values(inputs)) showError(error, input, null)
    try {
      const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]))
      const { event: changed } = await api.patch("/api/host/event", values)
      show(changed, true)
      said.textContent = say.saved
      onChange(changed)
    } catch (failure) {
      showError(error, inputs[failure.field], failure.message)
      inputs[failure.field]?.focus()
    }
  }

  /** Not while somebody types. */
  function show(event, isSaved = false) {
    if (element.open && !isSaved) return
    for (const [name, input] of Object.entries(inputs)) input.value = event[name] ?? ""
  }

  return { element, show }
}
