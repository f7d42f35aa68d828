/**
 * Before there is anybody else to see: who has come so far, and the link to pass on. It lies over the foot of the wall until
 * somebody else's photo is there.
 *
 *   const lobby = createLobby(place, { wall, facts, hereNow, hasPhoto, isGuest, others, link })
 *   lobby.follow()     after a change of the wall or of oneself
 */
import { thumbAddress } from "../../wall/state.js"
import { copyButton } from "../kit/copy.js"
import { el, renew } from "../kit/dom.js"
import { words } from "../../words/panel.js"

export function createLobby(place, { wall, facts, hereNow, hasPhoto, isGuest, others, link }) {
  const said = el("div.lobby-said")
  const faces = el("p.lobby-faces", { "aria-hidden": "true" })
  const count = el("p.small", { role: "status" })
  const element = el("div.empty", { id: "empty", hidden: true }, said, faces, count, copyButton(link, words.lobby.link, words.lobby.copy))
  const button = element.lastChild
  place.append(element)

  function follow() {
    element.hidden = !wall.ready || others() > 0
    if (element.hidden) return
    const isOver = wall.state === "closed"
    const [title, more] = isOver ? [words.emptyEnded, ""] : hasPhoto() ? [words.lobby.first, words.lobby.firstMore] : [words.empty, words.emptyMore]
    if (said.textContent !== title + more) said.replaceChildren(el("p", {}, el("b", {}, title)), el("p.small", {}, more))
    button.hidden = count.hidden = faces.hidden = isOver
    const here = Math.max(0, facts.here - (isGuest() ? 1 : 0))
    const text = here ? words.lobby.here(here) : facts.hostsHere && isGuest() ? words.lobby.hostHere : words.lobby.alone
    if (count.textContent !== text) count.textContent = text
    renew(faces, ...hereNow.faces.slice(0, here).map(face))
  }

  const face = ({ key, initial }) => (key ? el("img", { src: thumbAddress(key, 64), alt: "", width: 40, height: 40 }) : el("span.face", {}, initial))

  hereNow.subscribe(follow)
  facts.subscribe(({ type }) => type === "here" && follow())
  return { follow }
}
