/**
 * The walls of an organizer's events: their addresses to hand out, what was read of who registered, and the end of it.
 *
 *   const walls = createWalls({ element, call, attempt, onNumber })    call, attempt: as in choosing.js
 *   walls.show([wall])             as the service tells them, each time anew
 *   walls.add({wall, desk_url})    one that was just made
 *   onNumber(n)                    how many there are now
 */
import { copyButton, invitation, linkRow } from "../kit/copy.js"
import { el, renew } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { words } from "../../words/desk.js"

const MINUTE = 60 // seconds
const BUSY = new Set(["unavailable", "timeout", "garbage"])
const LONGEST_SESSION = 60
const say = words.organize

export function createWalls({ element, call, attempt, onNumber }) {
  const known = new Map() // id -> {element, show(wall)}

  function card(wall) {
    if (!known.has(wall.id)) known.set(wall.id, createWall({ wall, call, attempt, onGone: () => forget(wall.id) }))
    known.get(wall.id).show(wall)
    return known.get(wall.id).element
  }

  function forget(id) {
    known.get(id).element.remove()
    known.delete(id)
    onNumber(known.size)
  }

  return {
    show(walls) {
      for (const each of walls) if (!known.has(each.id)) element.append(card(each))
      for (const each of walls) known.get(each.id).show(each)
      onNumber(known.size)
    },
    add({ wall, desk_url: deskUrl }) {
      const shown = card(wall)
      element.prepend(shown)
      onNumber(known.size)
      known.get(wall.id).greet(deskUrl)
    },
  }
}

function createWall({ wall, call, attempt, onGone }) {
  const { name, code } = wall.event
  const error = el("p.error", { role: "alert", hidden: true })
  const button = (text, run) => el("button.button", { type: "button", on: { click: () => attempt(error, run) } }, text)
  const status = el("p", { role: "status" })
  const secret = el("div.secret", { hidden: true })
  const session = textField({ label: say.session, hint: say.sessionMore, longest: LONGEST_SESSION })
  const sessionLink = el("div")
  session.element.addEventListener("input", () => {
    const address = new URL(wall.embed_url)
    address.searchParams.set("session", session.value)
    sessionLink.replaceChildren(...(session.value ? [linkRow(say.sessionLink, address.href)] : []))
  })
  const text = say.invitationText(name, wall.join_url, code)
  const frames = textField({ label: say.frames, hint: say.framesMore, value: wall.frames.join(" "), longest: 500 })
  const save = button(say.save, async () => {
    await call("POST", `/walls/${wall.id}/frames`, { frames: frames.value })
    save.textContent = say.saved
    setTimeout(() => (save.textContent = say.save), 2000)
  })
  const read = button(say.readNow, () => call("POST", `/walls/${wall.id}/read`, {}))
  const stop = button(say.stop, async () => {
    await call("DELETE", `/walls/${wall.id}`)
    onGone()
  })
  const element = el(
    "section.group.organized",
    { dataset: { code } },
    el("h3", { dir: "auto", tabindex: "-1" }, wall.name || name),
    status,
    secret,
    el("div.links", {}, linkRow(say.embed, wall.embed_url), linkRow(words.stageLink, wall.stage_url)),
    session.element,
    sessionLink,
    el("div.link-row", {}, el("div", {}, el("span.small", {}, say.invitation), el("span.invitation", { dir: "auto" }, text)), copyButton(text, say.invitation)),
    el("p.small", {}, say.mails),
    el("div.handout", {}, invitation(code, wall.qr_url), el("div.links", {}, linkRow(words.joinLink, wall.join_url))),
    frames.element,
    el("p.answers", {}, save),
    el("p.answers", {}, read, stop),
    el("p.small", {}, say.stopMore),
    error,
  )

  return {
    element,
    show(now) {
      const told = statusOf(now)
      if (status.textContent !== told) renew(status, told)
    },
    greet(deskUrl) {
      if (deskUrl) {
        secret.replaceChildren(el("p", {}, words.hostSecret), linkRow(words.hostLink, deskUrl))
        secret.hidden = false
      }
      element.querySelector("h3").focus()
    },
  }
}

function statusOf({ state, trouble, expected, came, read_seconds_ago: ago }) {
  const numbers = expected || came ? [say.expected(expected), came ? say.came(came) : ""] : []
  const minutes = Math.floor((ago ?? 0) / MINUTE)
  const reading = {
    ok: minutes ? say.readAgo(minutes) : say.readJustNow,
    reading: say.reading,
    waiting: say.waiting,
    trouble: say.trouble[BUSY.has(trouble) ? "busy" : trouble] ?? say.trouble.refused,
  }[state]
  return [...numbers, reading].filter(Boolean).join(" ")
}
