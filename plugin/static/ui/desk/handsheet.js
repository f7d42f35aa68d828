/**
 * What a host needs while people are here, in the panel: the break, photos that wait, reports, the reveal, the stage, what
 * the event says, allows and looks like, and what was done with a way to take it back. Built from the desk's own parts.
 *
 *   const sheet = openHand({ api, maxBytes, openDesk, onLook, onClose })
 *   openDesk() -> Promise: the desk in a window of its own
 */
import { attempting, el, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/desk.js"
import { button, createPause } from "./pause.js"
import { createReports } from "./reports.js"
import { createReveal } from "./reveal.js"
import { createAbout } from "./about.js"
import { createAllow } from "./allow.js"
import { createDeciding } from "./deciding.js"
import { createAgenda } from "./agenda.js"
import { createLook } from "./brand.js"
import { createRules } from "./rules.js"
import { createStopping } from "./stopping.js"
import { createStageSwitch } from "./stage.js"
import { createUndo } from "./undo.js"

const LOOK_EVERY = 3000 // milliseconds
const LOOK_HIDDEN = 20 * 1000
const say = words.hand

export function openHand({ api, maxBytes, openDesk, onLook, onClose }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const undo = createUndo({ api, look: lookAgain })
  const onEnded = (decision) => undo.offer(words.undoing.kinds.end_break, [decision])
  const pause = createPause({ api, path: "/api/host/break", look, title: words.deskOfPeople.breakTitle, onEnded })
  const waiting = createDeciding({ api, undo, look })
  const reports = createReports({ api, look, undo })
  const reveal = createReveal({ api, fail: (message) => showError(error, null, message) })
  const stage = createStageSwitch({ tell: (isPublic) => api.post("/api/host/stage", { public: isPublic }) })
  const about = createAbout({ api, onChange: () => {} })
  const allow = createAllow({ api })
  const agenda = createAgenda({ api })
  const rules = createRules({ api })
  const ownLook = createLook({ api, maxBytes })
  const stopping = createStopping({ api })
  const finish = el("section.hand-reveal", { "aria-labelledby": "reveal-title", hidden: true }, el("h2", { id: "reveal-title" }, say.reveal), el("div.answers", {}, reveal.buttons), reveal.element)
  const body = el("div.sheet-body.hand-body", { "aria-busy": "true" }, error, pause.element, waiting.element, reports.element, stopping.element, finish, stage.element, agenda.element, about.element, allow.element, rules.element, ownLook.element, undo.list)
  const desk = button(say.openDesk, () => attempting(error)(openDesk))
  let timer = 0
  let isOpen = true
  let isFirst = true // look: afterwards nothing moves under a finger
  const sheet = openSheet({
    title: say.title,
    body,
    foot: el("div.sheet-foot", {}, undo.bar, desk),
    kind: "hand-sheet",
    onClose: () => {
      isOpen = false
      clearTimeout(timer)
      waiting.stop()
      onClose()
    },
  })

  async function look() {
    const [desk, { break: told }] = await Promise.all([api.get("/api/host", { cache: "no-store" }), api.get("/api/break", { cache: "no-store" })])
    pause.show(told)
    waiting.show(desk.waiting, desk.event.reviewed)
    reveal.show({ ...desk.event, placed: desk.counts.placed })
    finish.hidden = !desk.counts.placed
    stage.show(desk.event.stage_public)
    agenda.show(desk.agenda)
    stopping.show(desk.event)
    about.show(desk.event)
    allow.show(desk.event)
    rules.show(desk)
    ownLook.show(desk)
    const reported = await reports.look()
    if (isFirst && (desk.waiting.length || reported)) error.after(waiting.element, reports.element) // what waits comes first
    isFirst = false
    body.setAttribute("aria-busy", "false")
    onLook()
  }

  async function lookAgain() {
    waiting.expect()
    await look()
  }

  async function keepLooking() {
    try {
      await look()
      showError(error, null, null)
    } catch (failure) {
      if ([401, 403, 404].includes(failure.status)) return sheet.close() // not a host any more
      showError(error, null, words.deskLost)
    }
    if (isOpen) timer = setTimeout(keepLooking, document.hidden ? LOOK_HIDDEN : LOOK_EVERY)
  }

  undo.look().catch(() => {})
  keepLooking()
  return sheet
}
