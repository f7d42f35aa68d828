/** Waiting for a speaker. Loaded when somebody opens the line at a speaker's photo. */
import { thumbAddress } from "../../wall/state.js"
import { el, renew, showError } from "../kit/dom.js"
import { card } from "./hello.js"
import { phrase } from "../../words/languages.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

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
