/**
 * In line: two to four people by chance, one question to all, and one small conversation until the line moves. Loaded when
 * somebody gets in line. Leaving is one tap: the button, Escape, or closing the sheet.
 *
 *   const line = createLine({ api, say, mayGreet, onTalk, onHello, onSafety, onStood, onChanged, onOver })
 *   line.enter()  line.resume()  line.refresh()  line.isIn  line.justOver
 */
import { el, iconButton, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { makeFaces } from "./faces.js"
import { makeLog } from "./log.js"
import { makeRing } from "./ring.js"
import { phrase } from "../../words/languages.js"
import { words } from "../../words/panel.js"

const SPREAD = 1000 // milliseconds, so that not everybody asks at once
const AGAIN = 5 * 1000 // after a question without an answer
const JUST = 10 * 1000 // milliseconds: why a line is over may be heard a moment later
const LONGEST_WORDS = 140

export function createLine({ api, say, mayGreet, onTalk, onHello, onSafety, onStood = () => {}, onChanged = () => {}, onOver = () => {}, clock = globalThis }) {
  let sheet = null
  let now = null // the service's last word
  let moves = 0 // performance.now() when the line moves
  let timer = 0
  let busy = false
  let overAt = -Infinity // performance.now() when it ended, not by one's own wish
  const parts = makeParts()
  const { field, form, error, stay } = parts

  function makeParts() {
    const ring = makeRing()
    const faces = makeFaces({ mayGreet, onHello: (person) => act(() => onHello(person)), onTalk })
    const log = makeLog({ label: words.lineTalk, empty: words.lineBegin })
    const question = el("p.line-question", { dir: "auto", "aria-label": words.lineQuestion })
    const waiting = el("p")
    const error = el("p.error", { role: "alert", hidden: true, id: "line-error" })
    const field = el("textarea.field", {
      rows: 1,
      maxlength: LONGEST_WORDS,
      dir: "auto",
      "aria-describedby": error.id,
      enterkeyhint: "send",
      on: { keydown: (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && speak(event) },
    })
    const form = el("form.talk-form", { novalidate: true, on: { submit: speak } }, field, el("button.button.main", { type: "submit" }, words.ownWordsSend))
    const wishes = el("p.small.line-wishes", { "aria-live": "polite", hidden: true })
    const stay = el("button.button.line-stay", { type: "button", "aria-pressed": "false", title: words.lineStayMore, on: { click: wish } }, words.lineStay)
    const leave = el("button.link", { type: "button", on: { click: () => sheet.close() } }, words.lineLeave)
    const more = iconButton("more", words.safety, () => onSafety(whom()), "more")
    const together = el("div.line-together", {}, faces.element, question, log.element)
    return {
      ring,
      faces,
      log,
      question,
      waiting,
      error,
      field,
      form,
      wishes,
      stay,
      more,
      together,
      body: el("div.sheet-body.line-body", {}, waiting, together),
      foot: el("div.sheet-foot.line-foot", {}, error, form, wishes, el("div.line-acts", {}, stay, leave)),
    }
  }

  /** Those who stand here, and those who said something here and have left. */
  function whom() {
    const here = now.people.filter(({ person }) => person.id).map(({ person }) => ({ photo: person.id, name: person.name || words.nobody }))
    const known = new Set(here.map(({ photo }) => photo))
    const gone = new Map()
    for (const line of now.words) if (!line.mine && !known.has(line.photo)) gone.set(line.photo ?? line.name, { photo: line.photo, words: line.id, name: line.name || words.nobody })
    return [...here, ...gone.values()]
  }

  async function ask(call) {
    try {
      const answer = await call()
      take(answer.line)
      if (answer.touch) onOver(answer.touch)
    } catch (failure) {
      if (failure.code === "no_line" && now) return over()
      if (!sheet) throw failure
      showError(error, null, failure.message)
      if (now && moves <= clock.performance.now()) timer = clock.setTimeout(refresh, AGAIN)
    }
  }

  function take(line) {
    const was = now
    now = line
    if (!line) return was ? over() : undefined
    moves = clock.performance.now() + line.left * 1000
    if (!sheet) open()
    show(was)
    tick()
    if (!was) onChanged()
  }

  function open() {
    field.value = ""
    showError(error, null, null)
    sheet = openSheet({ title: words.lineTitle, body: parts.body, foot: parts.foot, extra: [parts.ring.element, parts.more], modal: false, kind: "line", onClose: left })
  }

  function left() {
    sheet = null
    clock.clearTimeout(timer)
    if (!now) return onChanged()
    now = null
    api.remove("/api/line").catch(() => {})
    say(words.lineLeft)
    onChanged()
  }

  function over() {
    now = null
    overAt = clock.performance.now()
    say(words.lineOver)
    sheet?.close()
    onChanged()
  }

  function show(was) {
    const together = now.state === "together"
    const hadFocus = parts.foot.contains(document.activeElement)
    sheet.element.classList.toggle("talks", together)
    sheet.setTitle(together ? words.lineTitle : words.lineWaiting)
    parts.waiting.hidden = together
    parts.waiting.textContent = now.waiting ? words.lineWith(now.waiting) : words.lineAlone
    parts.together.hidden = form.hidden = stay.hidden = parts.ring.element.hidden = !together
    parts.more.hidden = !together || !whom().length
    if (was?.group !== now.group) begin(together)
    if (together) showGroup()
    parts.wishes.hidden = true
    if (together) showWishes()
    if (hadFocus && !parts.foot.contains(document.activeElement)) sheet.element.querySelector("h2").focus({ preventScroll: true })
  }

  /** Other people: what was written for the ones before is not for them. */
  function begin(together) {
    field.value = ""
    showError(error, null, null)
    parts.log.clear()
    parts.faces.close()
    if (!together) return
    say(words.lineTogether(names(now.people)))
    onStood()
  }

  function showGroup() {
    parts.faces.show(now.people)
    parts.question.textContent = phrase(now.opener)
    if (parts.log.show(now.words)) showError(error, null, null) // somebody said something: it is one's turn again
    field.placeholder = now.answered ? words.ownWords : words.lineAnswer
    field.setAttribute("aria-label", field.placeholder)
  }

  function showWishes() {
    const wishing = now.people.filter(({ stays }) => stays)
    stay.setAttribute("aria-pressed", String(now.stays))
    parts.wishes.hidden = !wishing.length && !now.stays
    parts.wishes.textContent = wishing.length ? words.lineWishes(names(wishing), wishing.length) : now.stays ? words.lineStayMore : ""
  }

  const names = (people) => new Intl.ListFormat(document.documentElement.lang).format(people.map(({ person }) => person.name || words.nobody))

  async function act(what) {
    if (busy) return
    busy = true
    showError(error, null, null)
    try {
      await what()
    } catch (failure) {
      showError(error, null, failure.message)
      if (["moved", "alone", "no_line"].includes(failure.code)) refresh()
    } finally {
      busy = false
    }
  }

  function speak(event) {
    event.preventDefault()
    const text = field.value.replace(/\s+/gu, " ").trim()
    if (!text) return field.focus()
    const { group } = now
    return act(async () => {
      const answer = await api.post("/api/line/words", { words: text, group })
      if (field.value.replace(/\s+/gu, " ").trim() === text) field.value = ""
      take(answer.line)
    })
  }

  function wish() {
    return act(async () => take((await api.post("/api/line/stay", { stay: !now.stays })).line))
  }

  function tick() {
    clock.clearTimeout(timer)
    if (!now) return
    const left = Math.max(0, (moves - clock.performance.now()) / 1000)
    parts.ring.show(left)
    timer = left > 0 ? clock.setTimeout(tick, 1000) : clock.setTimeout(refresh, Math.random() * SPREAD + 300)
  }

  const refresh = () => (now || sheet ? ask(() => api.get("/api/line", { cache: "no-store" })) : undefined)

  return {
    /** Fails with an ApiError where one may not get in line. */
    enter: () => ask(() => api.post("/api/line", {})),
    /** After a reload one still stands there. */
    resume: () => ask(() => api.get("/api/line", { cache: "no-store" })),
    refresh,
    get isIn() {
      return Boolean(now)
    },
    get justOver() {
      return clock.performance.now() - overAt < JUST
    },
  }
}
