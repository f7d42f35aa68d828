/** A coffee break for one's own breakout room alone, for whoever hosts the event and is in that room. */
import { el } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/desk.js"
import { createPause } from "./pause.js"

const PATH = "/api/room/break"
const say = words.roomBreak

export async function openRoomBreak({ api }) {
  const { break: told } = await api.get(PATH, { cache: "no-store" })
  const pause = createPause({ api, path: PATH, look: async () => {} })
  const sheet = openSheet({ title: say.title, body: el("div.sheet-body", {}, el("p.small", {}, say.more), pause.element), kind: "room-break" })
  pause.show(told)
  return sheet
}
