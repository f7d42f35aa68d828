/**
 * The hellos place: who said hello, conversations, people met; and one conversation as a sheet. Loaded when first shown.
 *
 *   const hellos = createHellos(element, { api, platform, onOpenPhoto, onSafety, onChanged })
 *   hellos.refresh() -> Promise<answer>   hellos.open(hello)   hellos.now
 */
import { inTurn } from "../../live/in_order.js"
import { thumbAddress } from "../../wall/state.js"
import { el, showError } from "../kit/dom.js"
import { card } from "./hello.js"
import { phrase } from "../../words/languages.js"
import { minutesOf } from "./facts.js"
import { afterPress } from "../kit/press.js"
import { openSheet } from "../kit/sheet.js"
import { takeAlong } from "./takealong.js"
import { words } from "../../words/panel.js"

const LONGEST_WORDS = 140

export function createHellos(element, { api, platform, onOpenPhoto, onSafety, onChanged = () => {} }) {
  let now = { hellos: [], met: [], unread: 0, contact: "" }
  let talk = null // the open conversation
  const list = el("div")
  const error = el("p.error", { role: "alert", hidden: true })
  element.append(list, error)

  const refresh = inTurn(async () => {
    try {
      now = await api.get("/api/hellos", { cache: "no-store" })
      showError(error, null, null)
      show()
      const open = talk && now.hellos.find((each) => each.id === talk.hello.id)
      if (open) talk.update(open)
      else if (talk) talk.sheet.close() // blocked, or gone
      onChanged(now)
    } catch (failure) {
      showError(error, null, failure.message)
    }
    return now
  })

  function show() {
    afterPress(list, showNow)
  }

  function showNow() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null
    const { hellos, met } = now
    const greeted = hellos.filter((each) => each.state === "answered").map((each) => ({ person: each.person, how: "hello", ago: each.ago }))
    const people = [...greeted, ...met.filter(({ person }) => !greeted.some((each) => each.person.id === person.id))]
    list.replaceChildren(
      ...[
        now.paused && el("p.warn", {}, words.pausedMe),
        !hellos.length && !people.length && empty(),
        hellos.length > 0 && el("h2.list-title", {}, words.hellosTitle),
        hellos.length > 0 && el("ul.plain.people-list", {}, hellos.map(row)),
        people.length > 0 && el("h2.list-title", {}, words.metTitle),
        people.length > 0 && el("ul.plain.people-list", {}, people.map(metRow)),
        people.length > 0 && el("p.list-end", {}, el("button.link", { type: "button", on: { click: () => takeAlong({ api }) } }, words.takeAlong)),
      ].filter(Boolean),
    )
    if (focused) (list.querySelector(`[data-key="${focused}"]`) ?? list.querySelector("button"))?.focus({ preventScroll: true })
  }

  const empty = () => el("div.list-empty", {}, el("p", {}, el("b", {}, words.noHellos)), el("p.small", {}, words.noHellosMore))

  function row(hello) {
    const last = hello.lines.at(-1)
    const said = last ? (last.mine ? words.saidByYou(phrase(last)) : phrase(last)) : ""
    const isNew = hello.unread > 0
    return el(
      "li",
      {},
      el(
        "button.person",
        { type: "button", class: isNew ? "unread" : "", dataset: { key: `hello-${hello.id}` }, on: { click: () => open(hello) } },
        picture(hello.person),
        el(
          "span",
          {},
          el("b", {}, el("bdi", {}, hello.person.name || words.nobody), isNew && el("span.badge", {}, words.newHellos(hello.unread))),
          el("span.said", { dir: last?.opener ? null : "auto" }, said),
        ),
      ),
    )
  }

  function metRow({ person, how }) {
    const about = words.metHow[how] ?? ""
    return el(
      "li",
      {},
      el(
        "button.person",
        { type: "button", disabled: !person.id, dataset: { key: `met-${person.id}` }, on: { click: () => onOpenPhoto(person.id) } },
        picture(person),
        el("span", {}, el("b", {}, el("bdi", {}, person.name || words.nobody)), el("span.said", {}, about)),
      ),
    )
  }

  function open(hello) {
    talk?.sheet.close()
    talk = createTalk({ api, platform, hello, mine: () => now.contact, refresh, onSafety, onClosed: () => (talk = null), backTo: () => backTo(hello) })
    const unread = hello.unread || hello.state === "new"
    if (unread) api.post("/api/hellos/seen", { ids: [hello.id] }).then(refresh, () => {})
  }

  /** The list was drawn anew meanwhile, or the hello has left it. */
  function backTo({ id }) {
    const row = list.querySelector(`[data-key="hello-${id}"]`) ?? list.querySelector("button")
    if (row) row.focus({ preventScroll: true })
    else document.getElementById("go-hellos").focus()
  }

  return {
    refresh,
    open: (hello) => open(now.hellos.find((each) => each.id === hello.id) ?? hello),
    get now() {
      return now
    },
  }
}

const picture = (person) =>
  person.key ? el("img", { src: thumbAddress(person.key, 128), alt: "", loading: "lazy", width: 56, height: 56 }) : el("span.face.large")

/** One conversation. What is typed stays through every refresh, and so does the focus. */
function createTalk({ api, platform, hello: first, mine, refresh, onSafety, onClosed, backTo }) {
  let hello = first
  let busy = false
  let asking = false // for a contact line
  const shown = { answers: "", contact: "" } // what each part was made of: the same again is left alone
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
    body: el("div.sheet-body", {}, card(hello.person), lines, contact, el("div.my-actions", {}, quiet(words.decline, decline, "decline"), quiet(words.safety, () => onSafety({ hello: hello.id, name: name() })))),
    foot: el("div.sheet-foot.talk-foot", {}, answers, error, form),
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
    if (!isNew("answers", [phrases, can, hello.state])) return
    form.hidden = !can.words
    const hasFocus = answers.contains(document.activeElement)
    answers.replaceChildren(
      ...phrases.map((each) => el("button.phrase", { type: "button", on: { click: () => send({ opener: each.opener }) } }, phrase(each))),
    )
    if (!can.answer && !can.words) answers.append(el("p.small", {}, hello.state === "answered" ? words.waitForThem(name()) : words.whyNot.open_already))
    else if (!can.words) answers.append(el("p.small", {}, words.wordsLater))
    if (hasFocus) (answers.querySelector("button") ?? input).focus({ preventScroll: true })
  }

  function showContact() {
    if (asking || !isNew("contact", [hello.contact, hello.can.share])) return
    const { mine: isMine, theirs, line, url } = hello.contact
    const hasFocus = contact.contains(document.activeElement)
    contact.replaceChildren()
    if (isMine && theirs) {
      contact.append(
        el("h3", {}, words.contactOf(name())),
        line ? el("p.contact-line", { dir: "auto" }, line) : "",
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

  function askedContact() {
    asking = false
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
    asking = true
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
