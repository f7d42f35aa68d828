/**
 * An organizer gives one of their events a wall: a new one, or one that there is, by its host code.
 *
 *   const choice = createChoice({ call, attempt, targets, maxBytes, onLed })
 *   choice               a form
 *   call                 (method, path, body) as in organizer.js
 *   attempt              (error, run): runs what a button asks for; says at `error` what went wrong
 *   targets, maxBytes    our pictures, as the service lists them; how large one's own may be
 *   onLed({wall, desk_url})
 */
import { createHosting } from "../../live/hosting.js"
import { el, showError } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { createTargets, giveOwn } from "./targets.js"
import { language } from "../../words/languages.js"
import { words } from "../../words/desk.js"

const say = words.organize

let made = 0

function choice(name, items, onChange) {
  const row = ({ id, name: text, begins }, index) => {
    const day = begins && new Date(begins)
    const when = day && !Number.isNaN(day.getTime()) ? ` · ${day.toLocaleDateString(language)}` : ""
    return el(
      "label.choice-row",
      {},
      el("input", { type: "radio", name, value: id, checked: items.length === 1 && index === 0, on: { change: () => onChange?.(id) } }),
      el("span", { dir: "auto" }, text || id, el("span.small", {}, when)),
    )
  }
  return items.map(row)
}

export function createChoice({ call, attempt, targets, maxBytes, onLed }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const organizations = el("fieldset.group", { hidden: true }, el("legend", {}, say.organization))
  const rows = el("div.choice-rows")
  const more = el("button.button", { type: "button", hidden: true, on: { click: () => attempt(error, () => list(following)) } }, say.moreEvents)
  const events = el("fieldset.group", {}, el("legend", {}, say.event), rows, more)
  const name = textField({ label: say.wallName, needed: words.needEventName })
  const code = textField({ label: say.hostCode, hint: say.hostCodeMore, longest: 20 })
  const pictures = createTargets({ targets, maxBytes })
  const send = el("button.button.main.wide", { type: "submit" }, words.create)
  const form = el(
    "form.group",
    { novalidate: true, on: { submit } },
    el("h2", {}, say.chooseTitle),
    organizations,
    events,
    name.element,
    pictures.element,
    code.element,
    error,
    send,
  )
  const names = new Map()
  let tenant = null
  let following = ""
  code.element.addEventListener("input", () => {
    send.textContent = code.value ? say.attach : words.create
    name.element.hidden = pictures.element.hidden = Boolean(code.value)
  })
  attempt(error, begin)
  return form

  async function begin() {
    const found = await call("GET", "/tenants")
    organizations.hidden = found.items.length < 2
    organizations.append(...choice(`organization-${++made}`, found.items, (id) => attempt(error, () => choose(id))))
    if (found.items.length) await choose(found.items[0].id)
    const first = organizations.querySelector("input")
    if (first) first.checked = true
  }

  async function choose(id) {
    tenant = id
    rows.replaceChildren()
    await list("")
  }

  async function list(at) {
    const query = new URLSearchParams({ tenant, ...(at && { page: at }) })
    const found = await call("GET", `/gatherings?${query}`)
    for (const each of found.items) names.set(each.id, each.name)
    rows.append(...choice("gathering", found.items, suggest))
    following = found.next
    more.hidden = !following
    if (!rows.children.length) rows.append(el("p.small", {}, say.noEvents))
    const only = rows.querySelector("input:checked")
    if (only) suggest(only.value)
  }

  function suggest(id) {
    if (!name.touched || !name.value) name.value = (names.get(id) ?? "").slice(0, 80)
  }

  async function submit(event) {
    event.preventDefault()
    const gathering = form.elements.gathering?.value
    if (!gathering) return showError(error, null, say.needEvent)
    if (!code.value && !name.check()) return name.focus()
    send.disabled = true
    const { target, target_name } = await pictures.fields()
    const led = await attempt(error, () => call("POST", "/walls", {
      tenant,
      gathering,
      gathering_name: names.get(gathering) ?? "",
      ...(code.value ? { host_code: code.value } : { name: name.value, target_name }),
    }))
    send.disabled = false
    if (!led) return null
    if (led.desk_url && target) await attempt(error, () => giveOwn(led.desk_url, target))
    if (led.desk_url) {
      const key = decodeURIComponent(new URL(led.desk_url, location.href).hash.slice(1))
      createHosting().remember({ code: led.wall.event.code, name: led.wall.event.name, key })
    }
    for (const each of rows.querySelectorAll("input")) each.checked = false
    name.value = code.value = ""
    send.textContent = words.create
    name.element.hidden = pictures.element.hidden = false
    return onLed(led)
  }
}
