/** Photos that wait for the host's look: A approves, R refuses, arrows go on; the next one is ready at once. */
import { thumbAddress } from "../../wall/state.js"
import { el } from "../kit/dom.js"
import { words } from "../../words/desk.js"

/**
 * decide(photo, "approve" | "refuse") -> Promise; decideTogether(photos, decision) -> Promise; review(boolean) -> Promise:
 * whether photos wait at all. stop(): keys do nothing any more.
 */
export function createWaiting({ decide, decideTogether, review }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const keys = el(
    "p.small.keys",
    { hidden: true },
    el("kbd", {}, "A"),
    ` ${words.waitingKeys[0]}  `,
    el("kbd", {}, "R"),
    ` ${words.waitingKeys[1]}`,
  )
  const list = el("ul.plain.waiting")
  const approveAll = el("button.button", { type: "button", on: { click: () => settleTogether(shown(), "approve") } })
  const refuseChosen = el("button.button", { type: "button", hidden: true, on: { click: () => settleTogether(chosen(), "refuse") } })
  const together = el("div.answers.waiting-together", { hidden: true }, approveAll, refuseChosen)
  const none = el("p.waiting-empty", {}, words.nothingWaits)
  const reviewing = el("input.switch", { type: "checkbox", role: "switch", on: { change } })
  const choice = el("label.switch-row", {}, el("span", {}, words.review, el("span.small", {}, words.reviewMore)), reviewing)
  const title = el("h2", { id: "waiting-title" }, words.waitingTitle)
  const element = el("section", { "aria-labelledby": title.id }, el("div.waiting-head", {}, title, keys), error, choice, none, together, list)
  let changing = false // what the service said before it heard of the change does not count
  const rows = new Map() // photo id -> {photo, row}
  const decided = new Set() // an answer that was on its way may still list them

  function show(photos, reviewed) {
    const now = photos.filter((photo) => !decided.has(photo.id))
    const ids = new Set(now.map((photo) => photo.id))
    for (const [id, { row }] of rows) if (!ids.has(id)) drop(id, row)
    for (const photo of now) {
      if (!rows.has(photo.id)) add(photo)
      const known = rows.get(photo.id)
      if (known.photo.story !== photo.story) changeLine(known, photo.story) // it may be changed until it is approved
    }
    if (!changing) reviewing.checked = reviewed
    tidy()
  }

  /** What is approved is the line that was seen: the service refuses another one. */
  function changeLine({ photo, row }, story) {
    photo.story = story
    row.querySelector("bdi").textContent = story
  }

  async function change() {
    changing = true
    error.hidden = true
    try {
      await review(reviewing.checked)
    } catch (failure) {
      reviewing.checked = !reviewing.checked
      tell(failure)
    }
    changing = false
    tidy()
  }

  function tell(failure) {
    error.textContent = failure.message
    error.hidden = false
  }

  function add(photo) {
    const button = (text, decision) =>
      el("button.button", { type: "button", on: { click: () => settle(photo, decision) } }, text)
    const row = el(
      "li.waiting-one",
      { tabindex: "-1", "aria-keyshortcuts": "A R", dataset: { id: photo.id }, on: { focusin: () => mark(row) } },
      el("label.waiting-picture", { class: photo.doubted ? "doubted" : "" }, el("img", { src: thumbAddress(photo.key, 512), alt: "", width: 144, height: 144 }), el("input", { type: "checkbox", "aria-label": words.choosePhoto(photo.name), on: { change: tidy } })),
      el("div", {}, el("p", {}, el("bdi", {}, photo.story)), el("p.small", {}, el("bdi", {}, photo.name)), photo.doubted && el("p.small.doubted", {}, words.rules.doubted)),
      el("div.waiting-actions", {}, button(words.approve, "approve"), button(words.refuse, "refuse")),
    )
    rows.set(photo.id, { photo, row })
    list.append(row)
  }

  const all = () => [...list.children]
  const shown = () => [...rows.values()].map(({ photo }) => photo)
  const chosen = () => [...rows.values()].filter(({ row }) => row.querySelector("input:checked")).map(({ photo }) => photo)
  const current = () => list.querySelector("[aria-current]")

  function mark(row) {
    for (const each of all()) each.removeAttribute("aria-current")
    row?.setAttribute("aria-current", "true")
  }

  function drop(id, row) {
    const hadFocus = row.contains(document.activeElement)
    const after = row.nextElementSibling ?? row.previousElementSibling
    const wasCurrent = row === current()
    rows.delete(id)
    row.remove()
    if (wasCurrent) mark(after)
    if (hadFocus) after?.focus()
  }

  function tidy() {
    none.hidden = rows.size > 0 || !reviewing.checked
    keys.hidden = rows.size === 0
    const number = chosen().length
    together.hidden = rows.size < 2
    approveAll.textContent = words.approveAll(rows.size)
    refuseChosen.textContent = words.refuseChosen(number)
    refuseChosen.hidden = !number
    if (!current()) mark(all()[0])
  }

  async function settle(photo, decision) {
    decided.add(photo.id)
    error.hidden = true
    const { row } = rows.get(photo.id)
    drop(photo.id, row)
    tidy()
    try {
      await decide(photo, decision)
    } catch (failure) {
      decided.delete(photo.id) // it comes back with the next look
      tell(failure)
    }
  }

  /** All that are seen, or those that are chosen. */
  async function settleTogether(photos, decision) {
    error.hidden = true
    for (const photo of photos) {
      decided.add(photo.id)
      drop(photo.id, rows.get(photo.id).row)
    }
    tidy()
    try {
      await decideTogether(photos, decision)
    } catch (failure) {
      for (const { id } of photos) decided.delete(id)
      tell(failure)
    }
  }

  /** What was taken back waits again. */
  const expect = () => decided.clear()

  const onKey = (event) => {
    if (!element.isConnected || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea")) return
    const row = current()
    if (!row) return
    const decision = { a: "approve", r: "refuse" }[event.key.toLowerCase()]
    if (decision) {
      event.preventDefault()
      row.focus({ preventScroll: true })
      return settle(rows.get(Number(row.dataset.id)).photo, decision)
    }
    const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key]
    if (!to) return
    event.preventDefault()
    to.focus()
  }
  document.addEventListener("keydown", onKey)

  return { element, show, expect, stop: () => document.removeEventListener("keydown", onKey) }
}
