/**
 * Saying hello: three ways to begin, made of the other's line; one tap sends. Loaded when somebody first does it.
 *
 *   openHello({ api, reach, photo, say, onSent, onTalk, onAdd, onClosed })    photo {id, key, name, story}
 *   -> { photoId, follow(hello) }   what is known of it by now: an answer may come while the sheet is open
 */
import { untilTaken } from "../../live/until_taken.js"
import { thumbAddress } from "../../wall/state.js"
import { el, showError } from "../kit/dom.js"
import { phrase } from "../../words/languages.js"
import { minutesOf } from "./facts.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

export function openHello({ api, reach, photo, say, onSent, onTalk, onAdd, onClosed }) {
  let isSent = false
  let hasWaited = false // for a connection; the sheet may be gone when there is one
  let isOpen = true
  const name = photo.name || words.nobody
  const place = el("div", { "aria-live": "polite", "aria-busy": "true" }, el("p.small", {}, words.loading))
  const error = el("p.error", { role: "alert", hidden: true })
  const sheet = openSheet({
    title: words.helloTo(name),
    body: el("div.sheet-body", {}, card(photo), place, error),
    kind: "hello",
    onClose() {
      isOpen = false
      onClosed()
    },
  })

  const begin = async () => {
    try {
      show(await api.get(`/api/photos/${photo.id}/hello`, { cache: "no-store" }))
    } catch (failure) {
      fail(failure)
    }
  }

  function show(answer) {
    place.removeAttribute("aria-busy")
    if (answer.why === "talking") {
      sheet.close()
      return onTalk(answer.hello)
    }
    if (!answer.can) return refuse(answer)
    const choices = answer.openers.map((opener) => el("li", {}, el("button.phrase", { type: "button", on: { click: () => send(opener) } }, phrase(opener))))
    place.replaceChildren(el("p.small", {}, words.helloChoose), el("ul.plain.phrases", {}, choices))
    if (sheet.element.contains(document.activeElement)) choices[0].firstChild.focus({ preventScroll: true })
  }

  function refuse({ why, again_in: again = 60, message }) {
    const text = why === "limit_soon" ? words.limitSoon(Math.max(1, minutesOf(again))) : (words.whyNot[why] ?? message)
    const add = el("button.button.main.wide", { type: "button", on: { click: () => leave(onAdd) } }, words.add)
    place.replaceChildren(el("p", {}, text), why === "no_photo" ? el("p.answers", {}, add) : "")
  }

  async function send(opener) {
    for (const each of place.querySelectorAll("button")) each.disabled = true
    showError(error, null, null)
    try {
      const post = () => api.post("/api/hellos", { photo: photo.id, opener: opener.opener })
      const { hello } = await untilTaken(post, { again: reach.again, onWait: () => waits(opener), patience: 0 })
      arrived(opener, hello)
    } catch (failure) {
      if (hasWaited && failure.code === "open_already") return arrived(opener) // the answer to an earlier try was lost
      if (!isOpen) return say(failure.message)
      if (words.whyNot[failure.code] || failure.code === "limit_soon") return refuse({ why: failure.code, again_in: failure.retryAfter ?? 60 })
      fail(failure)
    }
  }

  function arrived(opener, hello = null) {
    onSent()
    if (!isOpen) return say(words.helloSent(name))
    if (hello?.state !== "answered") return sent(opener)
    sheet.close()
    onTalk(hello)
  }

  function sent(opener) {
    isSent = true
    tellOf(opener, words.helloSent(name), words.helloAnswers)
  }

  function waits(opener) {
    if (!hasWaited) tellOf(opener, words.helloGoesLater, words.helloGoesLaterMore)
    hasWaited = true
  }

  /** What was said, and what became of it. */
  function tellOf(opener, what, more) {
    const done = el("button.button.main.wide", { type: "button", on: { click: () => sheet.close() } }, words.close)
    place.replaceChildren(
      el("p.said-line.mine", {}, phrase(opener)),
      el("p", {}, el("b", {}, what)),
      el("p.small", {}, more),
      el("p.answers", {}, done),
    )
    done.focus({ preventScroll: true })
  }

  function fail(failure) {
    for (const each of place.querySelectorAll("button")) each.disabled = false
    showError(error, null, failure.message)
    if (!place.querySelector("button")) place.replaceChildren(el("button.button", { type: "button", on: { click: begin } }, words.tryAgain))
  }

  function leave(run) {
    sheet.close()
    run()
  }

  function follow(hello) {
    if (!isSent || hello?.state !== "answered") return
    isSent = false
    const go = el("button.button.main.wide", { type: "button", on: { click: () => leave(() => onTalk(hello)) } }, words.conversation)
    const hadFocus = place.contains(document.activeElement)
    place.replaceChildren(el("p", {}, el("b", {}, words.answeredYou(name))), el("p.answers", {}, go))
    if (hadFocus) go.focus({ preventScroll: true })
  }

  begin()
  return { photoId: photo.id, follow }
}

/** Whom it is about: a small photo and the line. */
export function card(person) {
  return el(
    "div.person-card",
    {},
    person.key ? el("img", { src: thumbAddress(person.key, 128), alt: "", width: 72, height: 72 }) : el("span.face"),
    el("div", {}, person.title && el("p.small", { dir: "auto" }, person.title), el("p", { dir: "auto" }, person.story || "")),
  )
}
