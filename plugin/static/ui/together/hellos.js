/**
 * The hellos place: who said hello, conversations, people met; and one conversation as a sheet. Loaded when first shown.
 *
 *   const hellos = createHellos(element, { api, platform, onOpenPhoto, onSafety, onChanged })
 *   hellos.refresh() -> Promise<answer>   hellos.open(hello)   hellos.drop(id)   hellos.now
 */
import { inTurn } from "../../live/in_order.js"
import { thumbAddress } from "../../wall/state.js"
import { el, showError } from "../kit/dom.js"
import { phrase } from "../../words/languages.js"
import { afterPress } from "../kit/press.js"
import { createTalk } from "./talk.js"
import { takeAlong } from "./takealong.js"
import { words } from "../../words/panel.js"

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

  /** With somebody who was blocked: it is out of sight at once, and the service's answer follows. */
  function drop(id) {
    const gone = now.hellos.find((each) => each.id === id)
    if (!gone) return
    now = { ...now, hellos: now.hellos.filter((each) => each !== gone), met: now.met.filter(({ person }) => person.id !== gone.person.id) }
    if (talk?.hello.id === id) talk.sheet.close()
    show()
  }

  return {
    refresh,
    drop,
    open: (hello) => open(now.hellos.find((each) => each.id === hello.id) ?? hello),
    get now() {
      return now
    },
  }
}

const picture = (person) =>
  person.key ? el("img", { src: thumbAddress(person.key, 128), alt: "", loading: "lazy", width: 56, height: 56 }) : el("span.face.large")
