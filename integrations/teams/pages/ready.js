/** What the organization allows, as far as it can be told before the meeting: sign-on, profiles, stage, guests. */
import { createApi } from "../../../plugin/static/live/api.js"
import { boot as readBoot, byId, el } from "../../../plugin/static/ui/kit/dom.js"
import { translated } from "../../../plugin/static/words/languages.js"
import { createClient } from "../client.js"
import { contextOf, wear } from "../page.js"
import { words as own } from "../words.js"

const boot = readBoot()
const words = translated(own.ready)
const api = createApi({ join: () => ({}) })
const client = createClient()
const agreed = new URLSearchParams(location.search).get("admin_consent")
const room = byId("room")

async function look() {
  const [signedOn, stage] = await Promise.all([signOn(), stageAllowed()])
  byId("notice").hidden = true
  room.replaceChildren(
    el("h1", { tabindex: "-1" }, words.title),
    el("p.lead", {}, words.sub),
    el(
      "ul.plain.mine",
      {},
      row(words.signedOn, signedOn, signedOn === false ? words.signedOnNo : ""),
      row(words.profile, agreed === "True" ? true : null, agreed === "True" ? "" : words.profileNo),
      row(words.stage, stage, stage === null ? words.stageUnknown : stage ? "" : words.stageNo),
      row(words.guests, null, words.guestsUnknown),
    ),
    el("p.answers.group", {}, el("button.button", { type: "button", on: { click: look } }, words.again)),
    el("section.secret.group", {}, el("h2", {}, words.adminTitle), ...forAdmins()),
  )
}

const row = (what, isSo, more) =>
  el(
    "li",
    {},
    el("b.mine-name", {}, what),
    isSo === null ? el("span.small", {}, words.unknown) : el("span", {}, isSo ? words.yes : words.no),
    more && el("p.small", {}, more),
  )

function forAdmins() {
  if (agreed) return [el("p", { role: "status" }, agreed === "True" ? words.agreed : words.refused)]
  const link = boot.own?.admin_consent
  return [el("p", {}, words.adminMore), link && el("p.answers", {}, el("a.button", { href: link, target: "_blank", rel: "noopener" }, words.admin))]
}

/** Not the token alone counts, but that the service believes it. Outside Teams nobody can tell. */
async function signOn() {
  if (!client.can("getAuthToken")) return null
  try {
    const token = await client.call("getAuthToken", { silent: true })
    await api.ask(boot.paths.look, { body: { token, context: contextOf(client) } })
    return true
  } catch {
    return false
  }
}

async function stageAllowed() {
  if (!client.can("stageCapabilities")) return null
  const found = await client.call("stageCapabilities").catch(() => null)
  return found ? Boolean(found.doesAppHaveSharePermission) : null
}

if ((await client.started) === "ready") wear(client)
await look()
