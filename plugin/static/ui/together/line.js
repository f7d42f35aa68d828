/**
 * In line: two to four people by chance, one question to all, until the line moves. And the line at a speaker's photo.
 * Loaded when somebody gets in line. Leaving is one tap: the button, Escape, or closing the sheet.
 *
 *   const line = createLine({ api, say, onHello, onTalk, onSafety })
 *   line.enter()  line.resume()  line.refresh()  line.isIn
 *   line.openSpeaker(speaker)
 */
import { thumbAddress } from "../../wall/state.js"
import { el, renew, showError } from "../kit/dom.js"
import { card } from "./hello.js"
import { phrase } from "../../words/languages.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

const ROUND = 90 // seconds
const SPREAD = 1000 // milliseconds, so that not everybody asks at once
const AGAIN = 5 * 1000 // after a question without an answer

export function createLine({ api, say, onHello, onTalk, onSafety, onChanged = () => {}, clock = globalThis }) {
  let sheet = null
  let now = null // the service's last word
  let moves = 0 // performance.now() when the line moves
  let timer = 0
  let shown = "" // who stands here
  const place = el("div")
  const error = el("p.error", { role: "alert", hidden: true })

  async function ask(call) {
    try {
      take((await call()).line)
      showError(error, null, null)
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
    show()
    tick()
    if (!was) onChanged()
  }

  function open() {
    shown = ""
    const leave = el("button.button.wide", { type: "button", on: { click: () => sheet.close() } }, words.lineLeave)
    sheet = openSheet({ title: words.lineTitle, body: el("div.sheet-body", {}, place, error), foot: el("div.sheet-foot", {}, leave), modal: false, kind: "line", onClose: left })
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
    say(words.lineOver)
    sheet?.close()
    onChanged()
  }

  const ring = makeRing()

  function show() {
    const together = now.state === "together"
    const key = JSON.stringify([now.state, now.waiting, now.people.map(({ person, hello }) => [person.id, person.name, hello?.state])])
    if (key === shown) return
    const changed = shown.slice(0, 12) !== key.slice(0, 12)
    shown = key
    sheet.setTitle(together ? words.lineTitle : words.lineWaiting)
    if (!together) {
      renew(place, el("p", {}, now.waiting ? words.lineWith(now.waiting) : words.lineAlone), ring.element)
    } else {
      const names = new Intl.ListFormat(document.documentElement.lang).format(now.people.map(({ person }) => person.name || words.nobody))
      renew(
        place,
        el("div.line-top", {}, el("p", {}, words.lineTogether(names)), ring.element),
        now.opener ? el("div.line-opener", {}, el("p.small", {}, words.lineAsk), el("p.story", {}, phrase(now.opener))) : "",
        el("ul.plain.line-people", {}, now.people.map(stander)),
      )
      if (changed) say(words.lineTogether(names))
    }
    ring.element.hidden = !together
  }

  function stander({ person, hello }) {
    const name = person.name || words.nobody
    const talking = hello && hello.state !== "sent"
    const act = hello && !talking ? el("span.small", {}, words.lineHelloSent) : el("button.button", { type: "button", class: talking ? "" : "main", on: { click: () => (talking ? onTalk(hello) : onHello(person, refresh)) } }, talking ? words.conversation : words.sayHello)
    return el(
      "li.stander",
      {},
      person.key ? el("img", { src: thumbAddress(person.key, 512), alt: words.photoOf(name), width: 160, height: 160 }) : el("span.face"),
      el("div", {}, el("b", {}, el("bdi", {}, name)), person.title && el("p.small", { dir: "auto" }, person.title), el("p", { dir: "auto" }, person.story)),
      el("div.stander-acts", {}, act, el("button.link", { type: "button", "aria-label": `${words.safety}: ${name}`, on: { click: () => onSafety({ photo: person.id, name }) } }, words.safety)),
    )
  }

  function tick() {
    clock.clearTimeout(timer)
    if (!now) return
    const left = Math.max(0, (moves - clock.performance.now()) / 1000)
    ring.show(left)
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
  }
}

/** Ninety seconds as a ring that empties; for screen readers a line of text that they may read whenever they like. */
function makeRing() {
  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    return element
  }
  const round = 2 * Math.PI * 20
  const track = svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-track" })
  const hand = svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-hand", "stroke-dasharray": round, "stroke-dashoffset": 0 })
  const picture = svg("svg", { viewBox: "0 0 48 48", "aria-hidden": "true" })
  picture.append(track, hand)
  const count = el("span.ring-count", { "aria-hidden": "true" })
  const text = el("span.aside")
  return {
    element: el("div.ring", { role: "timer" }, picture, count, text),
    show(left) {
      const seconds = Math.ceil(left)
      hand.setAttribute("stroke-dashoffset", String(round * (1 - Math.min(1, left / ROUND))))
      count.textContent = new Intl.NumberFormat(document.documentElement.lang).format(seconds)
      text.textContent = words.lineMoves(seconds)
    },
  }
}

/**
 * The line at a speaker's photo.
 *   openSpeaker({ api, speaker, onTalk, onChanged, subscribe }): `subscribe(listener)` brings newer states
 */
export function openSpeaker({ api, speaker: first, onTalk, onClosed }) {
  let speaker = first
  let shown = ""
  const place = el("div", { "aria-live": "polite" })
  const error = el("p.error", { role: "alert", hidden: true })
  const name = () => speaker.person.name || words.nobody
  const sheet = openSheet({ title: speaker.mine ? words.speakerMine(speaker.waiting) : words.speakerWaits(name()), body: el("div.sheet-body", {}, card(speaker.person), place, error), kind: "at-speaker", onClose: onClosed })

  function show() {
    sheet.setTitle(speaker.mine ? words.speakerMine(speaker.waiting) : words.speakerWaits(name()))
    const key = JSON.stringify(speaker)
    if (key === shown) return
    shown = key
    renew(place, ...(speaker.mine ? forSpeaker() : speaker.now || speaker.place ? standing() : choosing()).filter(Boolean))
  }

  const forSpeaker = () => [
    speaker.next ? card(speaker.next) : el("p", {}, words.speakerNobody),
    speaker.next && el("button.button.main.wide", { type: "button", on: { click: () => run(() => api.post(`/api/speakers/${speaker.id}/next`, {})) } }, words.speakerNext),
  ]

  const choosing = () => [
    el("p.small", {}, words.speakerLine(name(), speaker.waiting)),
    el("p", {}, words.speakerChoose),
    el("ul.plain.phrases", {}, speaker.openers.map((opener) => el("li", {}, el("button.phrase", { type: "button", on: { click: () => run(() => api.post(`/api/speakers/${speaker.id}/line`, { opener: opener.opener })) } }, phrase(opener))))),
  ]

  const standing = () => [
    el("p", {}, el("b", {}, speaker.now ? words.speakerNow(name()) : words.speakerPlace(speaker.place))),
    speaker.around.length > 0 && el("p.small", {}, words.speakerAround),
    speaker.around.length > 0 && el("ul.plain.around", {}, speaker.around.map((person) => el("li", {}, el("img", { src: thumbAddress(person.key, 128), alt: "", width: 56, height: 56 }), el("bdi", {}, person.name || words.nobody)))),
    el("button.button.wide", { type: "button", on: { click: () => run(() => api.remove(`/api/speakers/${speaker.id}/line`)) } }, words.lineLeave),
  ]

  async function run(call) {
    try {
      const answer = await call()
      showError(error, null, null)
      speaker = answer.speaker
      show()
      if (answer.hello) onTalk(answer.hello)
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }

  show()
  return {
    id: first.id,
    sheet,
    update(next) {
      speaker = next
      show()
    },
  }
}
