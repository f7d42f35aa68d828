/** One conversation after a hello, as a sheet. What is typed stays through every refresh, and so does the focus. */
import { el, iconButton, showError } from "../kit/dom.js"
import { copyButton } from "../kit/copy.js"
import { openSheet } from "../kit/sheet.js"
import { card } from "./hello.js"
import { linked } from "./linked.js"
import { minutesOf } from "./facts.js"
import { phrase } from "../../words/languages.js"
import { words } from "../../words/panel.js"

const LONGEST_WORDS = 140

export function createTalk({ api, platform, hello: first, mine, refresh, onSafety, onClosed, backTo }) {
  let hello = first
  let busy = false
  let asking = false // for a contact line
  const shown = { answers: "", contact: "" } // what each part was made of: the same again is left alone
  let folded = null // whether the ready answers are folded away; null until the person decides
  const lines = el("ol.plain.lines", { "aria-live": "polite" })
  const answers = el("div.talk-answers")
  const contact = el("div.talk-contact")
  const error = el("p.error", { role: "alert", hidden: true, id: "talk-error" })
  const input = el("textarea.field", {
    rows: 1,
    maxlength: LONGEST_WORDS,
    dir: "auto",
    placeholder: words.ownWords,
    "aria-label": words.ownWords,
    "aria-describedby": error.id,
    enterkeyhint: "send",
    on: { keydown: (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event) },
  })
  const form = el(
    "form.talk-form",
    { novalidate: true, on: { submit } },
    input,
    el("button.button.main", { type: "submit" }, words.ownWordsSend),
  )
  const name = () => hello.person.name || words.nobody
  const sheet = openSheet({
    title: name(),
    body: el("div.sheet-body", {}, card(hello.person), lines, el("div.my-actions", {}, quiet(words.decline, decline, "decline"))),
    foot: el("div.sheet-foot.talk-foot", {}, contact, answers, error, form),
    extra: iconButton("more", words.safety, () => onSafety({ hello: hello.id, photo: hello.person.id, name: name() })),
    kind: "talk",
    onClose: onClosed,
    backTo,
  })
  update(hello, true)

  function update(next, isFirst = false) {
    const before = hello.lines.at(-1)?.id
    hello = next
    lines.replaceChildren(...hello.lines.map(sayLine))
    showAnswers()
    showContact()
    sheet.element.querySelector("[data-does=decline]").hidden = !hello.can.decline
    if (isFirst || before !== hello.lines.at(-1)?.id) lines.lastElementChild?.scrollIntoView({ block: "nearest" })
  }

  function sayLine(line) {
    return el(
      "li.said-line",
      { class: line.mine ? "mine" : "theirs" },
      el("span.aside", {}, line.mine ? words.yourself : name(), ": "),
      el("span", { dir: line.opener ? null : "auto" }, phrase(line)),
      el("span.small", {}, words.ago(minutesOf(line.ago))),
    )
  }

  function isNew(part, state) {
    const before = shown[part]
    shown[part] = JSON.stringify(state)
    return shown[part] !== before
  }

  function showAnswers() {
    const { can, phrases } = hello
    if (!isNew("answers", [phrases, can, hello.state, hello.lines.filter(({ mine: isMine }) => isMine).map(({ opener }) => opener)])) return
    form.hidden = !can.words
    const hasFocus = answers.contains(document.activeElement)
    const own = hello.lines.filter(({ mine }) => mine)
    const used = new Set(own.map(({ opener }) => opener))
    const left = phrases.filter(({ opener }) => !used.has(opener))
    const ready = left.map((each) => el("button.phrase", { type: "button", on: { click: () => send({ opener: each.opener }) } }, phrase(each)))
    answers.replaceChildren(...(own.length && ready.length ? [fold(ready)] : ready))
    if (!can.answer && !can.words) answers.append(el("p.small", {}, hello.state === "answered" ? words.waitForThem(name()) : words.whyNot.open_already))
    else if (!can.words) answers.append(el("p.small", {}, words.wordsLater))
    if (hasFocus) (answers.querySelector("summary, button") ?? input).focus({ preventScroll: true })
  }

  /** Whoever has said something has words of their own: what else there is to do stays in view. */
  function fold(ready) {
    const details = el("details.fold", { open: folded === false }, el("summary", {}, words.readyAnswers), el("div.talk-answers", {}, ready))
    details.addEventListener("toggle", () => (folded = !details.open))
    return details
  }

  function showContact() {
    if (asking || !isNew("contact", [hello.contact, hello.can.share])) return
    const { mine: isMine, theirs, line, url } = hello.contact
    const hasFocus = contact.contains(document.activeElement)
    contact.replaceChildren()
    if (isMine && theirs) {
      contact.append(
        el("h3", {}, words.contactOf(name())),
        line ? el("div.contact-row", {}, el("p.contact-line", { dir: "auto" }, linked(line)), copyButton(line, words.copyContact)) : "",
        url ? el("p", {}, el("a.button", { href: url, target: "_blank", rel: "noopener noreferrer", on: { click: openChat } }, words.openChat)) : "",
        quiet(words.unshare, unshare),
      )
    } else if (isMine) contact.append(el("p.small", {}, words.shared(name())), quiet(words.unshare, unshare))
    else if (hello.can.share) {
      if (theirs) contact.append(el("p", {}, words.sharedTheirs(name())))
      contact.append(el("button.button", { type: "button", on: { click: askContact } }, words.shareContact), el("p.small", {}, words.shareMore))
    }
    if (hasFocus) (contact.querySelector("button, a") ?? input).focus({ preventScroll: true })
  }

  /** A client opens its own chats, and better than by an address in a window of its own. */
  function openChat(event) {
    if (!platform.openUrl) return
    event.preventDefault()
    platform.openUrl(event.currentTarget.href).catch(() => showError(error, null, words.chatFailed(platform.title)))
  }

  /** Meanwhile there is nothing else to do here. */
  function setAsking(value) {
    asking = value
    sheet.element.classList.toggle("asking", value)
  }

  function askedContact() {
    setAsking(false)
    shown.contact = ""
    showContact()
  }

  /** With a line that is there already, one tap shares; else it is asked for here. */
  function askContact(again = false) {
    if (mine() && again !== true) return share(null)
    const wrong = el("p.error", { hidden: true, id: "contact-error" })
    const field = el("input.field", { maxlength: LONGEST_WORDS, dir: "auto", autocomplete: "email", placeholder: words.contactPlace, id: "talk-contact", "aria-describedby": wrong.id })
    const form = el(
      "form",
      { novalidate: true, on: { submit: (event) => share(event, field, wrong) } },
      el("label", { htmlFor: field.id }, words.contactLine),
      field,
      wrong,
      el("p.small", {}, words.contactHint),
      el("div.answers", {}, el("button.button.main", { type: "submit" }, words.shareContact), el("button.button", { type: "button", on: { click: askedContact } }, words.cancel)),
    )
    setAsking(true)
    contact.replaceChildren(form)
    field.focus()
  }

  function share(event, field, wrong) {
    event?.preventDefault()
    return run(async () => {
      const answer = await api.post(`/api/hellos/${hello.id}/share`, field ? { contact: field.value.trim() } : {})
      hello = answer.hello
      if (asking) askedContact()
      update(hello)
    }, wrong ?? error, field)
  }

  function unshare() {
    return run(async () => update((await api.remove(`/api/hellos/${hello.id}/share`)).hello))
  }

  function submit(event) {
    event.preventDefault()
    const text = input.value.replace(/\s+/gu, " ").trim()
    if (text) send({ words: text })
  }

  function send(body) {
    return run(async () => {
      const answer = await api.post(`/api/hellos/${hello.id}/answer`, body)
      if (body.words) input.value = ""
      update(answer.hello)
    }, error, body.words ? input : null)
  }

  function decline() {
    return run(async () => {
      await api.post(`/api/hellos/${hello.id}/decline`, {})
      sheet.close()
    })
  }

  async function run(what, place = error, field = null) {
    if (busy) return
    busy = true
    showError(place, field, null)
    try {
      await what()
      refresh()
    } catch (failure) {
      if (failure.code === "no_contact" && !asking) askContact(true)
      else showError(place, field, failure.message)
    } finally {
      busy = false
    }
  }

  return {
    sheet,
    update,
    get hello() {
      return hello
    },
  }
}

const quiet = (text, run, does) => el("button.link", { type: "button", dataset: does ? { does } : {}, on: { click: run } }, text)
