/**
 * Block, or report: choose what it is, add a word, send. Whoever does either no longer sees the other at once; the report
 * itself goes a few seconds later, so that a slip can be taken back. Loaded when first wanted.
 */
import { el, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { offerUndo } from "../kit/undo.js"
import { words } from "../../words/panel.js"

const LONGEST_NOTE = 140

/**
 * openSafety({ api, about: {photo} | {hello} | {words}, photo, name, onBlocked, onBack, say })
 *   photo: the other's, where they have one. onBlocked() as soon as they are out of sight, onBack() where that was taken back.
 */
export function openSafety({ api, about, photo, name, onBlocked, onBack, say, backTo }) {
  const error = el("p.error", { role: "alert", hidden: true, id: "report-error" })
  const note = el("input.field", { id: "report-note", maxlength: LONGEST_NOTE, dir: "auto", autocomplete: "off" })
  const reasons = Object.entries(words.reasons).map(([value, label]) =>
    el("label.reason", {}, el("input", { type: "radio", name: "report-reason", value, on: { change: () => showError(error, null, null) } }), el("span", {}, label)),
  )
  const form = el(
    "form.sheet-form",
    { novalidate: true, on: { submit: report } },
    el(
      "div.sheet-body",
      {},
      el("fieldset.part.reasons", { "aria-describedby": error.id }, el("legend", {}, words.reportTitle), reasons),
      el("div.part", {}, el("label", { htmlFor: note.id }, words.reportNote), note),
      el("p.small.block-more", {}, words.blockMore),
    ),
    el(
      "div.sheet-foot.safety-foot",
      {},
      error,
      el("button.button.main", { type: "submit" }, words.reportSend),
      el("button.button.bad", { type: "button", on: { click: block } }, words.block),
    ),
  )
  const sheet = openSheet({ title: name || words.nobody, body: form, kind: "safety", backTo })
  let busy = false

  async function report(event) {
    event.preventDefault()
    const reason = form.querySelector("input[type=radio]:checked")?.value
    if (!reason) {
      showError(error, null, words.reportChoose)
      form.querySelector("input[type=radio]").focus()
      return
    }
    const told = { ...about, reason, note: note.value.trim(), block: true }
    await outOfSight(words.reportGoing, words.undone, () =>
      api.post("/api/report", told, { keepalive: true }).then(
        () => say(words.reported),
        () => say(words.reportNotSent),
      ),
    )
  }

  function block() {
    return outOfSight(words.blocked, words.unblocked, () => {})
  }

  async function outOfSight(text, takenBack, onDone) {
    if (busy) return
    busy = true
    showError(error, null, null)
    try {
      await api.post("/api/block", about)
    } catch (failure) {
      return showError(error, null, failure.message)
    } finally {
      busy = false
    }
    sheet.close()
    onBlocked()
    offerUndo({ text, undo: words.undo, backTo, onDone, onUndo: () => takeBack().then(() => say(takenBack), (failure) => say(failure.message)) })
  }

  async function takeBack() {
    const { blocked } = await api.get("/api/blocks", { cache: "no-store" })
    const theirs = photo ? blocked.find((each) => each.photo === photo) : blocked[0]
    if (theirs) await api.remove(`/api/blocks/${theirs.id}`)
    onBack()
  }
}

/** Whom of several somebody means. people [{photo, words, name}] */
export function chooseWhom({ people, onChosen }) {
  const rows = people.map((each) => el("li", {}, el("button.phrase", { type: "button", on: { click: () => chosen(each) } }, el("bdi", {}, each.name))))
  const sheet = openSheet({ title: words.safetyWhom, body: el("div.sheet-body", {}, el("ul.plain.phrases", {}, rows)), kind: "whom" })
  function chosen(person) {
    sheet.close()
    onChosen(person)
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
