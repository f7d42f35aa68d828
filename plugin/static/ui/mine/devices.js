/**
 * Where somebody is known, in "me": each device with a way to disconnect it, and the ways to be one person on another one.
 *
 *   devicesOf({ api, me, knowing, leave }) -> element that fills itself.  leave(): close the sheet around it
 */
import { el, renew, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { createPhone } from "./phone.js"
import { words } from "../../words/panel.js"

const say = words.known

export function devicesOf({ api, me, knowing, leave }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const list = el("ul.plain.devices")
  const go = (run) => () => (leave(), run())
  const action = (text, run) => el("button.link", { type: "button", on: { click: go(run) } }, text)
  const element = el(
    "section.part",
    { "aria-labelledby": "devices-title" },
    el("h3", { id: "devices-title" }, say.devices),
    el("p.small", {}, me.isUnknown ? say.unknownHere : say.devicesMore),
    list,
    el("div.my-actions", {}, !me.isUnknown && action(say.goOnThere, goOnThere), !me.isUnknown && action(say.connect, knowing.connect), action(say.isMeElsewhere, knowing.open)),
    error,
  )

  /** Another device of theirs scans the code, and is them from then on. */
  function goOnThere() {
    const phone = createPhone({ api, how: say.goOnThereHow, waiting: "" })
    openSheet({ title: say.goOnThere, body: el("div.sheet-body", {}, phone.element), kind: "ways", onClose: phone.stop })
    phone.start()
  }

  async function show() {
    const { doors } = await api.get("/api/me/doors", { cache: "no-store" })
    renew(list, ...doors.map(row))
  }

  function row(door) {
    const about = [door.mine && say.thisDevice, door.system, words.ago(Math.floor(door.seen_ago / 60))].filter(Boolean)
    const item = el("li", {}, el("div", {}, el("p", {}, say.doors[door.kind]), el("p.small", {}, about.join(" · "))))
    if (door.can_close) item.append(el("button.link", { type: "button", "aria-label": say.disconnectLabel(say.doors[door.kind]), on: { click: () => ask(item, door) } }, say.disconnect))
    return item
  }

  /** Closing a link, or the way one came by, is felt: it is asked once more. */
  function ask(item, door) {
    if (door.kind !== "link" && !door.mine) return close(door)
    const keep = el("button.button", { type: "button", on: { click: show } }, words.cancel)
    const yes = el("button.button.bad", { type: "button", on: { click: () => close(door) } }, say.disconnect)
    item.replaceChildren(el("p", {}, door.kind === "link" ? say.linkOff : say.thisOff), el("div.answers", {}, yes, keep))
    keep.focus()
  }

  async function close(door) {
    showError(error, null, null)
    try {
      await api.remove(`/api/me/doors/${door.id}`)
      await show()
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }

  show().catch(() => {})
  return element
}
