/** What stands in the wall's place when a personal link opens nothing: why, and what there is to do about it. */
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

/** trouble(error, { onAgain, onIsMe, onGuest }) -> elements. Trying again helps where the link is open elsewhere. */
export function trouble({ code, message }, { onAgain, onIsMe, onGuest }) {
  const button = (kind, text, run) => el(kind, { type: "button", on: { click: run } }, text)
  return [
    el("p", {}, el("b", {}, words.known.trouble[code])),
    el("p", {}, message),
    button("button.button.main", words.known.isMe, onIsMe),
    ...(code === "link_elsewhere" ? [button("button.button", words.tryAgain, onAgain)] : []),
    button("button.link", words.known.asGuest, onGuest),
  ]
}
