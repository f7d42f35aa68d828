/**
 * Who runs a wall together: a code that brings the wall into another meeting, those who wait for a yes, who is a host by
 * now, and whom the host makes one. At the desk, and in the panel of a host. Each change is confirmed in words first.
 *
 *   const hosts = createHosts({ api })   hosts.element  hosts.look() -> Promise
 */
import { thumbAddress } from "../../wall/state.js"
import { attempting, debounce, el, renew } from "../kit/dom.js"
import { appear } from "../kit/press.js"
import { words } from "../../words/desk.js"

const TYPING = 250 // milliseconds of rest before we ask
const say = words.hosts

export function createHosts({ api }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const attempt = attempting(error)
  const waiting = el("ul.plain.person-rows")
  const people = el("ul.plain.person-rows")
  const naming = createNaming({ api, attempt, decide })
  const codes = createCodes({ api, attempt })
  const element = el(
    "section.part",
    { "aria-labelledby": "hosts-title", hidden: true },
    el("h2", { id: "hosts-title" }, say.title),
    waiting,
    people,
    naming.element,
    codes,
    error,
  )
  let asked = null // whose part as a host is about to end

  async function look() {
    const now = await api.get("/api/host/co-hosts", { cache: "no-store" })
    renew(waiting, ...now.waiting.map(asking))
    if (!now.people.some(({ id }) => id === asked)) asked = null
    renew(people, ...now.people.map(host))
    for (const each of [naming.element, codes]) appear(each, now.may_name)
    appear(element, now.may_name || now.people.length > 0)
  }

  function decide(id, role) {
    return attempt(async () => {
      await api.post(`/api/host/people/${id}/role`, { role })
      asked = null
      await look()
    })
  }

  const asking = ({ id, name }) => {
    const answer = (decision) => () => attempt(async () => {
      await api.post(`/api/host/co-hosts/${id}`, { decision })
      await look()
    })
    return el(
      "li",
      {},
      el("p", {}, say.asks(name || words.nobody)),
      el("div.answers", {}, button(say.confirm, answer("confirm"), "main"), button(say.refuse, answer("refuse"))),
    )
  }

  function host(person) {
    const { id, name, role, is_you: isYou, may_take: mayTake } = person
    const row = el("li")
    const show = (focused) => {
      const isAsked = asked === id
      const take = button(say.take, () => ask(id), "")
      row.replaceChildren(
        el("p", {}, el("bdi", {}, name || (isYou ? say.yourself : words.nobody)), el("span.small", {}, say.roles[role] ?? role)),
        isAsked ? sure(say.takeAsk(name || words.nobody), say.takeYes, () => decide(id, "attendee"), () => ask(null), "bad") : mayTake ? take : "",
      )
      if (focused) row.querySelector(isAsked ? ".answers button:last-child" : "button")?.focus()
    }
    const ask = (whom) => {
      asked = whom
      show(true)
    }
    show(false)
    return row
  }

  return { element, look }
}

/** Finds somebody by name and makes them a host, after a question that says what they will be able to do. */
function createNaming({ api, attempt, decide }) {
  const found = el("ul.plain.person-rows")
  const none = el("p.small", { role: "status" })
  const search = el("input.field", { type: "search", id: "co-host-search", autocomplete: "off", dir: "auto", on: { input: debounce(find, TYPING) } })
  const element = el("div.naming", { hidden: true }, el("label", { htmlFor: search.id }, say.find), el("p.small", { id: "co-host-about" }, say.findMore), search, none, found)
  search.setAttribute("aria-describedby", "co-host-about")

  async function find() {
    const query = search.value.trim()
    none.textContent = ""
    if (!query) return found.replaceChildren()
    await attempt(async () => {
      const { people } = await api.get(`/api/host/co-hosts/candidates?${new URLSearchParams({ q: query })}`, { cache: "no-store" })
      none.textContent = people.length ? "" : say.findNone
      found.replaceChildren(...people.map(candidate))
    })
  }

  function candidate({ id, name, title, key }) {
    const row = el("li")
    const face = key ? el("img", { src: thumbAddress(key, 64), alt: "", width: 40, height: 40 }) : el("span.face")
    const who = el("p", {}, el("bdi", {}, name), title && el("span.small", { dir: "auto" }, title))
    const offer = () => row.replaceChildren(face, who, button(say.name, ask, ""))
    const ask = () => {
      row.replaceChildren(face, who, sure(say.nameAsk(name), say.confirm, make, back))
      row.querySelector(".answers button:last-child").focus()
    }
    const back = () => {
      offer()
      row.querySelector("button").focus()
    }
    const make = async () => {
      await decide(id, "co_host")
      search.value = ""
      found.replaceChildren()
      search.focus()
    }
    offer()
    return row
  }

  return { element }
}

/** A question and its two answers; the harmless one comes last. */
const sure = (question, yes, onYes, onNo, kind = "main") =>
  el("div.sure", {}, el("p", {}, question), el("div.answers", {}, button(yes, onYes, kind), button(say.refuse, onNo)))

function createCodes({ api, attempt }) {
  const code = el("div.host-code", { role: "status" })
  const make = () => attempt(async () => {
    const made = await api.post("/api/host/code", {})
    code.replaceChildren(el("p.big-code", {}, made.code), el("p.small", {}, say.codeGood(Math.round(made.seconds / 60))))
  })
  return el("div.codes", { hidden: true }, el("p.small", {}, say.codeMore), el("p.answers", {}, button(say.makeCode, make)), code)
}

const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)
