/**
 * The page on which somebody adds the app to a meeting, a chat or a channel: which wall the tab shall show. Teams' own
 * button saves; whoever saves, proved by their token, is the host.
 */
import { createApi } from "../../../plugin/static/live/api.js"
import { createStore } from "../../../plugin/static/live/store.js"
import { boot as readBoot, byId, el, showError } from "../../../plugin/static/ui/kit/dom.js"
import { textField } from "../../../plugin/static/ui/kit/form.js"
import { createTargets, giveOwn } from "../../../plugin/static/ui/desk/targets.js"
import { words as shared } from "../../../plugin/static/words/client.js"
import { translated } from "../../../plugin/static/words/languages.js"
import { createClient } from "../client.js"
import { contextOf, wear } from "../page.js"
import { words as own } from "../words.js"

const SIGN_IN_PATIENCE = 60 * 1000 // milliseconds: a question of Teams' waits for a person

const boot = readBoot()
const words = translated(own.configure)
const api = createApi({ join: () => ({}) })
const store = createStore()
const client = createClient()
const room = byId("room")
const notice = byId("notice")
let choice = null // the part of the form that is chosen: {kind, isWhole(), wish(), fail(error)}

/** Who is there, and whether this chat has a wall. */
async function begin() {
  if (client.now.isAnonymous) return guest()
  try {
    const token = await client.call("getAuthToken", { silent: true })
    ask(await api.ask(boot.paths.look, { body: { token, context: contextOf(client) } }))
  } catch (error) {
    signIn(error)
  }
}

function show(...parts) {
  notice.hidden = true
  room.replaceChildren(el("h1", { tabindex: "-1" }, words.title), el("p.lead", {}, words.sub), ...parts, foot())
}

const foot = () =>
  el(
    "p.small",
    {},
    el("a", { href: boot.paths.about, target: "_blank", rel: "noopener" }, words.help),
    " · ",
    el("a", { href: "/teams/ready", target: "_blank", rel: "noopener" }, words.ready),
  )

function guest() {
  show(el("p", {}, words.guest), el("p.answers", {}, el("a.button", { href: "/start", target: "_blank", rel: "noopener" }, words.browser)))
}

function signIn({ message, status }) {
  const error = el("p.error", { role: "alert", hidden: !status }, status ? message : "")
  const button = el("button.button.main", { type: "button", on: { click } }, words.signInAgain)
  show(el("p", {}, words.signIn), error, el("p.answers", {}, button))

  async function click() {
    button.disabled = true
    await client.call("getAuthToken", { silent: false }, SIGN_IN_PATIENCE).catch(() => {})
    begin()
  }
}

// -- which wall --

function ask({ state, name }) {
  const parts = [state !== "free" && sameWall(state, name), freshWall(), wallByCode()].filter(Boolean)
  const more = el("div")
  const choose = (part) => {
    choice = part
    more.replaceChildren(...part.fields)
    valid()
  }
  const rows = parts.map((part, index) =>
    el(
      "label.switch-row",
      {},
      el("span", {}, part.title, el("span.small", {}, part.about)),
      el("input", { type: "radio", name: "which", value: part.kind, checked: index === 0, on: { change: () => choose(part) } }),
    ),
  )
  const form = el(
    "form",
    { novalidate: true, on: { submit: (event) => event.preventDefault(), input: valid } },
    el("fieldset.group", {}, el("legend", {}, words.which), rows),
    more,
    el("p.error", { id: "wrong", role: "alert", hidden: true }),
    el("p.small", { id: "how", role: "status" }),
  )
  show(form)
  choose(parts[0])
}

/** Teams' button to save is there only while there is something to save. */
function valid() {
  const isWhole = choice.isWhole()
  client.config?.setValidityState(isWhole)
  byId("how").textContent = isWhole ? words.save : ""
}

const sameWall = (state, name) => ({
  kind: "same",
  title: state === "yours" ? words.mine : words.taken,
  about: state === "yours" ? name : words.takenMore,
  fields: [],
  isWhole: () => true,
  wish: () => ({ kind: "same" }),
  fail: wrong,
})

function freshWall() {
  const name = textField({ label: shared.begin.name, needed: shared.needEventName })
  const prompt = textField({ label: shared.begin.prompt, value: shared.begin.firstPrompt, needed: shared.needPrompt, longest: 140, wraps: true })
  const place = el("div")
  let own = null // a picture of theirs
  const loaded = api.ask("/api/targets").then(
    ({ targets }) => {
      const pictures = createTargets({ targets, maxBytes: boot.max_bytes })
      place.replaceChildren(pictures.element)
      return pictures
    },
    () => place.replaceChildren(el("p.small", {}, shared.noTargets)),
  )
  return {
    kind: "new",
    title: shared.begin.fresh,
    about: words.freshMore,
    fields: [name.element, el("fieldset.group", {}, el("legend", {}, shared.begin.picture), place), prompt.element],
    isWhole: () => Boolean(name.value && prompt.value),
    async wish() {
      const { target = null, target_name = "" } = (await (await loaded)?.fields()) ?? {}
      own = target
      return { kind: "new", name: name.value, prompt: prompt.value, target_name }
    },
    after: ({ desk_url: url }) => own && url && giveOwn(url, own),
    fail: (error) => ({ name, prompt })[error.field]?.fail(error.message) ?? wrong(error),
  }
}

function wallByCode() {
  const code = textField({ label: shared.begin.hostCode, hint: shared.begin.hostCodeHint })
  return {
    kind: "code",
    title: words.byCode,
    about: words.byCodeMore,
    fields: [code.element],
    isWhole: () => Boolean(code.value),
    wish: () => ({ kind: "code", host_code: code.value }),
    fail: (error) => (error.field === "host_code" ? code.fail(error.message) : wrong(error)),
  }
}

// -- saving --

const wrong = ({ message }) => showError(byId("wrong"), null, message)

/** Teams waits for one of the two answers, and shows the words of the second. */
async function save(event) {
  wrong({ message: null })
  byId("how").textContent = words.saving
  try {
    const token = await client.call("getAuthToken", { silent: true })
    const wish = await choice.wish()
    const place = (choice.made ??= await api.ask(boot.paths.places, { body: { token, context: contextOf(client), wish } })) // once
    keepDesk(place.desk_url)
    await choice.after?.(place)
    await client.call("configure", configOf(place))
    event.notifySuccess()
  } catch (error) {
    const message = error.status ? error.message : words.notSaved
    choice.fail({ message, field: error.field })
    byId("how").textContent = words.save
    event.notifyFailure(message)
  }
}

/** Teams puts its theme into the address, so that the first paint has it. */
const configOf = (place) => ({
  suggestedDisplayName: place.name,
  entityId: place.entity_id,
  contentUrl: `${place.content_url}&theme={theme}`,
  websiteUrl: place.website_url,
})

/** The panel, in a frame of the same Teams, hands the host's own link out, where this browser keeps anything. */
function keepDesk(url) {
  const code = /\/host\/([^/#?]+)/.exec(url ?? "")?.[1]
  if (code) store.set(`desk:${code}`, url)
}

// -- the beginning, now that every part is there --

if ((await client.started) === "ready") {
  wear(client)
  client.config?.registerOnSaveHandler(save)
  await begin()
} else show(el("p.lead", {}, translated(own.outside)))
