/**
 * A page like Teams' own around ours: a meeting with its stage and side panel, the chat's tab, the page that sets a tab
 * up, the personal tab. It is served as https://teams.microsoft.com, so that the library's own check of who speaks to it
 * holds, and it knows nothing of us but the addresses in our manifest.
 *
 *   ?person=ada[&view=meeting|tab|settings|personal|ready][&theme=dark][&device=android][&chat=…]
 *   window.fakeTeams   {host, person, show(view), save(), opened}
 */
import { createHost } from "/host.js"

const LOOK_EVERY = 500 // milliseconds
const NARROW = 640 // below it, stage and panel lie one above the other

const query = new URLSearchParams(location.search)
const { person, app, people, titles } = await (await fetch(`/people/${query.get("person")}`)).json()
for (const name of ["theme", "device", "chat", "meeting"]) if (query.has(name)) person[name] = query.get(name)
const meeting = { tab: null, stage: null }
const opened = []
const shown = new Map() // frame -> () => its window
const main = document.getElementById("main")
let view = null

const post = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) }).then((answer) => answer.json())
const about = `/meetings/${encodeURIComponent(person.chat)}`
let changes = 0 // an answer from before the last one of our own is old: it would take the tab away and bring it again

async function change(wish) {
  changes++
  const now = await post(about, wish)
  changes++
  take(now)
}

async function look() {
  const before = changes
  const now = await (await fetch(about)).json()
  if (changes === before) take(now)
}

const host = createHost({
  person,
  world: {
    meeting,
    token: ({ silent }) => post("/token", { person: person.key, silent }),
    popup,
    share: (url) => change({ stage: url }),
    stop: () => change({ stage: "" }),
    configured: (config) => change({ tab: config }),
    validity: (isWhole) => {
      const button = document.getElementById("save")
      if (button) button.disabled = !isWhole
    },
    opened(what, value) {
      opened.push({ what, value })
      const place = document.getElementById("opened")
      place.textContent = `Teams opens: ${what === "chat" ? `a chat with ${value.members.join(", ")}` : value}`
      place.hidden = false
    },
  },
})

addEventListener("message", ({ source, origin, data }) => {
  const [frame] = [...shown].find(([, windowOf]) => windowOf() === source) ?? []
  if (!frame || origin !== app || !data?.func) return
  host.receive(frame, data, (message) => source.postMessage(message, origin))
})

/** A window of its own, whose page answers for it; closed without an answer, it was cancelled. */
function popup(url) {
  const opening = open(url, "_blank", "width=600,height=535")
  if (!opening) return [false, "FailedToOpenWindow"]
  const frame = { name: "authentication" }
  shown.set(frame, () => opening)
  return new Promise((resolve) => {
    const before = host.calls.length
    const timer = setInterval(() => {
      const answer = host.calls.slice(before).find(({ func }) => /^authentication\.authenticate\.(success|failure)$/.test(func))
      if (!answer && !opening.closed) return
      clearInterval(timer)
      shown.delete(frame)
      resolve(answer ? [answer.func.endsWith("success"), answer.args[0]] : [false, "CancelledByUser"])
    }, 100)
  })
}

// -- what is in sight --

function frameOf(name, address, { isPersonal = false } = {}) {
  const element = document.createElement("iframe")
  element.title = name
  element.name = name
  element.allow = "clipboard-write"
  element.src = address.replace("{theme}", person.theme)
  shown.set({ name, isPersonal }, () => element.contentWindow)
  return element
}

function part(className, ...children) {
  const element = document.createElement("section")
  element.className = className
  element.append(...children)
  return element
}

const VIEWS = {
  meeting: () => [part("stage-place", stage()), part("panel", frameOf("sidePanel", meeting.tab?.contentUrl ?? `${app}/teams/home`))],
  tab: () => [frameOf("content", meeting.tab?.contentUrl ?? `${app}/teams/home`)],
  settings: () => [part("settings", frameOf("settings", `${app}/teams/configure`), saving())],
  personal: () => [frameOf("content", `${app}/teams/home?theme={theme}`, { isPersonal: true })],
  ready: () => [frameOf("content", `${app}/teams/ready`, { isPersonal: true })],
}

function show(name) {
  view = name
  for (const frame of shown.keys()) host.forget(frame)
  shown.clear()
  person.entityId = meeting.tab?.entityId
  main.className = name
  main.replaceChildren(...VIEWS[name]())
  for (const button of document.querySelectorAll("#views button")) button.toggleAttribute("aria-current", button.dataset.view === name)
  fit()
}

function stage() {
  if (meeting.stage) return frameOf("meetingStage", meeting.stage)
  const place = part("people")
  place.append(...people.map((name) => Object.assign(document.createElement("span"), { textContent: name })))
  return place
}

function saving() {
  const footer = document.createElement("footer")
  const said = document.createElement("span")
  const button = Object.assign(document.createElement("button"), { id: "save", textContent: "Save", disabled: true })
  button.addEventListener("click", async () => {
    button.disabled = true
    const { saved, reason } = await host.save()
    said.textContent = saved ? "" : reason
    button.disabled = false
    if (saved) show("meeting")
  })
  footer.append(said, button)
  return footer
}

/** What another person changed: the stage comes and goes for everybody; a panel stays as it is. */
function take(now) {
  const before = { ...meeting }
  Object.assign(meeting, now)
  if (view !== "meeting") return
  if (before.stage !== meeting.stage) {
    for (const frame of [...shown.keys()].filter(({ name }) => name === "meetingStage")) {
      host.forget(frame)
      shown.delete(frame)
    }
    main.querySelector(".stage-place").replaceChildren(stage())
  }
  if (!before.tab && meeting.tab) show("meeting")
}

const fit = () => main.classList.toggle("narrow", view === "meeting" && innerWidth < NARROW)
addEventListener("resize", fit)

function become(changes) {
  host.become(changes)
  document.body.dataset.theme = person.theme
  document.getElementById("theme").value = person.theme
}

document.getElementById("who").textContent = person.name
document.getElementById("theme").addEventListener("change", ({ target }) => become({ theme: target.value }))
document.getElementById("views").append(
  ...Object.keys(VIEWS)
    .filter((name) => name !== "settings" || person.mayShare)
    .map((name) => {
      const button = Object.assign(document.createElement("button"), { textContent: titles[name] })
      button.dataset.view = name
      button.addEventListener("click", () => show(name))
      return button
    }),
)
become({})
Object.assign(meeting, await (await fetch(about)).json())
show(query.get("view") ?? "meeting")
setInterval(look, LOOK_EVERY)
window.fakeTeams = { host, person, become, show, save: host.save, opened }
