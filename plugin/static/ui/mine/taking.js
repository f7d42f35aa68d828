/** The keepsake in a sheet of its own, at the reveal: made at once, with the one question for those who have not been asked. */
import { el } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { isOpen, keepsakeQuestion } from "./consent.js"
import { createKeepsake } from "./keepsake.js"
import { words } from "../../words/panel.js"

export function openTaking({ api, me, onClose = () => {} }) {
  const keepsake = createKeepsake({ api, me, atOnce: true })
  keepsake.element.querySelector("h3").classList.add("aside") // the sheet's own title says it
  const question = isOpen(me) && keepsakeQuestion({ api, me })
  openSheet({
    title: words.keepsake.title,
    body: el("div.sheet-body.taking", {}, keepsake.element, question),
    kind: "taking",
    onClose() {
      keepsake.stop()
      onClose()
    },
  })
}
