/**
 * The Zoom client as this panel sees it: one configured SDK, what the client can do, who looks at the panel and where.
 *
 *   const client = createClient()
 *   await client.started                  "ready" | "absent" (no Zoom around) | "silent" (Zoom does not answer)
 *   client.can("shareApp")                the client has it and gave it to us
 *   await client.call("getAppContext")    answers within seconds, or fails
 *   await client.ask("authorize", {...})  waits for a person as long as it takes
 *   client.now                            {runningContext, product, role, status, screenName, participantUUID, meetingUUID, parentUUID}
 *   client.on("person" | "context" | "room" | "share" | "collaborate" | "photo" | "authorized", listener)
 *
 * Zoom binds its token to the page's address and ends it after two hours, so the address never changes and config() is
 * called again in time, and whenever the person's role or the place changes.
 */

/** Everything that we use of Zoom, the same list as in the manifest. */
export const CAPABILITIES = [
  "getUserContext",
  "getMeetingUUID",
  "getMeetingContext",
  "getAppContext",
  "authorize",
  "onAuthorized",
  "promptAuthorize",
  "onMyUserContextChange",
  "onRunningContextChange",
  "onBreakoutRoomChange",
  "sendAppInvitationToAllParticipants",
  "showAppInvitationDialog",
  "shareApp",
  "onShareApp",
  "startCollaborate",
  "endCollaborate",
  "onCollaborateChange",
  "takeMyPhoto",
  "onPhoto",
  "showNotification",
  "openUrl",
]

export const CONFIG_PATIENCE = 5 * 1000 // then the panel goes on without Zoom's help
export const CALL_PATIENCE = 5 * 1000
const FACTS_PATIENCE = 3 * 1000
const ASK_PATIENCE = 5 * 60 * 1000 // a dialog of Zoom's waits for a person
const AGAIN = 100 * 60 * 1000 // Zoom's own limit is two hours

const MEETINGS = new Set(["inMeeting", "inWebinar", "inImmersive", "inCamera", "inCollaborate"])

/** A call that the client cannot do, or did not do. `code` is Zoom's number where it gave one. */
export class ZoomError extends Error {
  constructor(reason, { code = null, cause } = {}) {
    super(`Zoom: ${reason}`, { cause })
    this.name = "ZoomError"
    this.reason = reason
    this.code = code
  }
}

/** host, co_host, panelist, participant or attendee. Zoom calls somebody in a meeting attendee in scripts, participant in the signed context. */
export function normalRole(role, runningContext) {
  const name = String(role ?? "").toLowerCase().replace(/[^a-z]/g, "")
  if (name === "attendee") return runningContext === "inWebinar" ? "attendee" : "participant"
  return { host: "host", cohost: "co_host", panelist: "panelist", participant: "participant" }[name] ?? null
}

export const isInMeeting = (runningContext) => MEETINGS.has(runningContext)

export function createClient({ loadSdk = () => import("@zoom/appssdk"), clock = globalThis } = {}) {
  const listeners = new Map()
  const now = {
    runningContext: null,
    product: null,
    role: null,
    status: null,
    screenName: null,
    participantUUID: null,
    meetingUUID: null,
    parentUUID: null,
  }
  let sdk = null
  let missing = null // what the client does not have; null until it was configured
  let configuring = null
  const heard = new Set()

  const tell = (type, value) => {
    for (const listener of listeners.get(type) ?? []) listener(value)
  }

  async function start() {
    try {
      sdk = unwrapped(await within(loadSdk(), CONFIG_PATIENCE, clock))
      await configure()
    } catch (error) {
      // Without a client around, the SDK says so at once; a client that is there and says nothing is another thing.
      return /not supported by this browser/.test(error?.message) || !sdk ? "absent" : "silent"
    }
    clock.setInterval(() => configure().catch(() => {}), AGAIN)
    await learn()
    return "ready"
  }

  /** One at a time: while one is under way, another is wanted after it at most once. */
  function configure() {
    const last = configuring ?? Promise.resolve()
    const mine = last.catch(() => {}).then(async () => {
      const answer = await within(sdk.config({ capabilities: CAPABILITIES, timeout: ASK_PATIENCE }), CONFIG_PATIENCE, clock)
      missing = new Set(answer.unsupportedApis ?? [])
      now.runningContext = answer.runningContext ?? now.runningContext
      now.product = answer.product ?? null
      now.status = answer.auth?.status ?? null
      listen()
    })
    configuring = mine
    return mine
  }

  /** After each config(): a role may bring events that the one before did not have. */
  function listen() {
    const when = {
      onMyUserContextChange: () => changed("person", { anew: true }),
      onRunningContextChange: ({ runningContext }) => {
        now.runningContext = runningContext
        changed("context", { anew: true })
      },
      onBreakoutRoomChange: () => changed("room", { anew: false }),
      onShareApp: (event) => tell("share", event === "start" || event?.action === "start"),
      onCollaborateChange: (event) => tell("collaborate", event?.action),
      // The SDK promises the event itself and gives a promise of it, which stays open when the picture is broken.
      onPhoto: (event) => within(Promise.resolve(event), CALL_PATIENCE, clock).then((photo) => tell("photo", photo), () => tell("photo", null)),
      onAuthorized: (event) => tell("authorized", event),
    }
    for (const [name, listener] of Object.entries(when)) {
      if (heard.has(name) || !can(name)) continue
      heard.add(name)
      sdk.addEventListener(name, listener)
      // Older clients name this event after the call that causes it.
      if (name === "onShareApp") sdk.addEventListener("shareApp", listener)
    }
  }

  async function changed(type, { anew }) {
    if (anew) await configure().catch(() => {})
    await learn()
    tell(type)
  }

  /** Who looks at the panel, and where. What cannot be learnt stays unknown. */
  async function learn() {
    if (!isInMeeting(now.runningContext)) return
    const [person, meeting] = await Promise.all(
      ["getUserContext", "getMeetingUUID"].map((name) => call(name, undefined, FACTS_PATIENCE).catch(() => null)),
    )
    if (person) {
      now.role = normalRole(person.role, now.runningContext)
      now.status = person.status ?? now.status
      now.screenName = person.screenName ?? null
      now.participantUUID = person.participantUUID ?? null
    }
    if (meeting) {
      now.meetingUUID = meeting.meetingUUID ?? null
      now.parentUUID = meeting.parentUUID || null
    }
  }

  const can = (name) => missing !== null && CAPABILITIES.includes(name) && !missing.has(name)

  async function call(name, options, patience = CALL_PATIENCE) {
    if (!can(name)) throw new ZoomError("unable")
    try {
      return await within(sdk[name](options), patience, clock)
    } catch (error) {
      if (error instanceof ZoomError) throw error
      throw new ZoomError(/took longer/.test(error?.message) ? "late" : "refused", { code: Number(error?.code) || null, cause: error })
    }
  }

  const started = start()
  return {
    started,
    now,
    can,
    call,
    ask: (name, options) => call(name, options, ASK_PATIENCE),
    on(type, listener) {
      if (!listeners.has(type)) listeners.set(type, new Set())
      listeners.get(type).add(listener)
      return () => listeners.get(type).delete(listener)
    },
    get inBreakout() {
      return Boolean(now.parentUUID) && now.parentUUID !== now.meetingUUID
    },
  }
}

/** The SDK's object, however the bundler or Node.js wraps it. */
const unwrapped = ({ default: inner }) => inner?.default ?? inner

function within(promise, milliseconds, clock) {
  let timer = 0
  const late = new Promise((_resolve, reject) => {
    timer = clock.setTimeout(() => reject(new ZoomError("late")), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clock.clearTimeout(timer))
}
