/**
 * Taking back what was done: offered for a while where it was done, and in the list of what was done, by whichever host.
 *
 *   const undo = createUndo({ api, look })     look(): everything else is to be looked at again
 *   undo.offer(text, decisions)  says what was done and offers to take it back; decisions are ids, without any it only says so
 *   undo.bar  undo.list  undo.look() -> Promise
 */
import { el, renew, showError } from "../kit/dom.js"
import { appear } from "../kit/press.js"
import { words } from "../../words/desk.js"

const OFFERED = 20 * 1000 // milliseconds; afterwards it is in the list
const SHOWN = 12
const say = words.undoing

export function createUndo({ api, look: lookElsewhere }) {
  const said = el("span", { role: "status" })
  const take = el("button.button", { type: "button", on: { click: () => takeBack(offered) } }, say.undo)
  const bar = el("div.undo-bar", { hidden: true }, said, take)
  const error = el("p.error", { role: "alert", hidden: true })
  const rows = el("ul.plain.act-rows")
  const list = el("details.done", { hidden: true, on: { toggle: () => list.open && look().catch(() => {}) } }, el("summary", {}, say.title), error, rows)
  let offered = []
  let timer = 0

  function offer(text, decisions = []) {
    offered = decisions.filter(Boolean)
    said.textContent = text
    take.hidden = !offered.length
    bar.hidden = false
    clearTimeout(timer)
    timer = setTimeout(hide, OFFERED)
    look().catch(() => {})
  }

  function hide() {
    if (bar.contains(document.activeElement)) return (timer = setTimeout(hide, OFFERED)) // somebody is just about to press
    bar.hidden = true
    offered = []
  }

  async function takeBack(decisions) {
    showError(error, null, null)
    take.hidden = true
    try {
      await api.post("/api/host/decisions/undo", { decisions })
      offer(say.undone)
    } catch (failure) {
      offer(failure.message)
      list.open && showError(error, null, failure.message)
    }
    await lookElsewhere()
  }

  async function look() {
    const { decisions } = await api.get("/api/host/decisions", { cache: "no-store" })
    appear(list, decisions.length > 0)
    if (list.open) renew(rows, ...decisions.slice(0, SHOWN).map(row))
  }

  function row({ id, kind, about, by, ago, undone, can_undo }) {
    const what = say.kinds[kind]
    const text = about ? `${what}: ${about}` : what
    const details = [words.ago(Math.floor(ago / 60)), by, undone && say.wasUndone].filter(Boolean).join(" · ")
    return el(
      "li",
      { class: undone ? "undone" : "" },
      el("div", {}, el("p", {}, el("bdi", {}, text)), el("p.small", {}, details)),
      can_undo && el("button.button", { type: "button", "aria-label": say.undoLabel(text), on: { click: () => takeBack([id]) } }, say.undo),
    )
  }

  return { bar, list, offer, look }
}
