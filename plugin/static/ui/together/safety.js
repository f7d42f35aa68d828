/** Block, and report in two taps: the reason is the second. Loaded when first wanted. */
import { el, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

const LONGEST_NOTE = 140

/** openSafety({ api, about: {photo} | {hello}, name, onDone }): onDone(said) after something was done. */
export function openSafety({ api, about, name, onDone }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const note = el("input.field", { id: "report-note", maxlength: LONGEST_NOTE, dir: "auto", autocomplete: "off" })
  const reasons = Object.entries(words.reasons).map(([reason, label]) =>
    el("li", {}, el("button.phrase", { type: "button", on: { click: () => report(reason) } }, label)),
  )
  const sheet = openSheet({
    title: name || words.nobody,
    body: el(
      "div.sheet-body",
      {},
      el("section.part", { "aria-labelledby": "report-title" }, el("h3", { id: "report-title" }, words.reportTitle), el("ul.plain.phrases", {}, reasons), el("label.small", { htmlFor: note.id }, words.reportNote), note),
      el("section.part", { "aria-labelledby": "block-title" }, el("h3", { id: "block-title" }, words.blockTitle), el("p.small", {}, words.blockMore), el("p.answers", {}, el("button.button.bad", { type: "button", on: { click: block } }, words.block))),
      error,
    ),
    kind: "safety",
  })

  function report(reason) {
    return run("/api/report", { ...about, reason, note: note.value.trim(), block: true }, words.reported)
  }

  function block() {
    return run("/api/block", about, words.blocked)
  }

  async function run(path, body, said) {
    showError(error, null, null)
    try {
      await api.post(path, body)
      sheet.close()
      onDone(said)
    } catch (failure) {
      showError(error, failure.field === "note" ? note : null, failure.message)
    }
  }
}

/** Those whom one blocked, with the way back. -> element that fills itself */
export function blockedPeople({ api }) {
  const list = el("ul.plain")
  const element = el("div.part", { hidden: true }, el("h3", {}, words.blockedPeople), list)
  const show = async () => {
    const { blocked } = await api.get("/api/blocks", { cache: "no-store" })
    element.hidden = !blocked.length
    list.replaceChildren(...blocked.map(row))
  }
  const row = ({ id, name }) => {
    const lift = async () => {
      await api.remove(`/api/blocks/${id}`)
      await show()
    }
    const button = el("button.link", { type: "button", "aria-label": words.unblockLabel(name || words.nobody), on: { click: () => lift().catch(() => {}) } }, words.unblock)
    return el("li.part-row", {}, el("bdi", {}, name || words.nobody), button)
  }
  show().catch(() => {})
  return element
}
