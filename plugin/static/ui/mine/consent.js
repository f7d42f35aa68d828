/**
 * The one question about the keepsake, for those who have not been asked, or were asked in words of before: in one tap.
 *
 *   isOpen(me)                 whether it is to be asked
 *   keepsakeQuestion({ api, me, onAnswer }) -> element; onAnswer() once it is answered
 */
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

export const isOpen = ({ now: { attendee }, placed }) => Boolean(placed) && attendee.keepsake_asked !== "yes"

export function keepsakeQuestion({ api, me, onAnswer = () => {} }) {
  const answer = async (keepsake) => {
    for (const button of [yes, no]) button.disabled = true
    try {
      await api.patch("/api/me", { keepsake })
      element.replaceChildren(el("p.small", { role: "status" }, words.keepsake.thanks))
      me.refresh().catch(() => {})
      onAnswer()
    } catch (error) {
      for (const button of [yes, no]) button.disabled = false
      wrong.textContent = error.message
    }
  }
  const yes = el("button.button", { type: "button", on: { click: () => answer(true) } }, words.keepsake.yes)
  const no = el("button.button", { type: "button", on: { click: () => answer(false) } }, words.keepsake.no)
  const wrong = el("p.error", { role: "alert" })
  const element = el("div.keepsake-question", {}, el("p", {}, words.keepsake.ask), el("div.answers", {}, yes, no), wrong)
  return element
}
