/**
 * The Teams client as this page sees it: Microsoft's library, once it has answered; who looks at the page, in which frame,
 * in what colours.
 *
 *   const client = createClient()
 *   await client.started          "ready" | "absent" (no Teams around) | "silent" (Teams does not answer)
 *   client.can("openChat")        this frame may, and the client has it
 *   await client.call("openLink", url)    answers within seconds, or fails with a TeamsError
 *   await client.ask("authenticate", {…}) waits for a person as long as it takes
 *   client.now                    {frame, theme, device, chatId, meetingId, entityId, userId, tenantId, name, loginHint, isAnonymous}
 *   client.on("theme", listener)  -> stop()
 *
 * Everything of `now` is a hint: Teams' page around us says so, and nobody signed it. Who somebody is, the token says.
 */
import { isAllowed } from "./frames.js"

export const START_PATIENCE = 5 * 1000 // then the page goes on without Teams' help
export const CALL_PATIENCE = 5 * 1000
const ASK_PATIENCE = 5 * 60 * 1000 // a window of Microsoft's waits for a person

/** What Teams cannot do, or did not do. `reason` is ours or the library's own word for it. */
export class TeamsError extends Error {
  constructor(reason, { code = null, cause } = {}) {
    super(`Teams: ${reason}`, { cause })
    this.name = "TeamsError"
    this.reason = reason
    this.code = code
  }
}

/** The library's calls as promises: some of them still take a callback. */
const CALLS = {
  getContext: ({ app }) => app.getContext(),
  getAuthToken: ({ authentication }, options) => authentication.getAuthToken(options),
  openLink: ({ app }, url) => app.openLink(url),
  openChat: ({ chat }, wish) => chat.openChat(wish),
  authenticate: ({ authentication }, wish) => authentication.authenticate(wish),
  answerPopup: ({ authentication }, { result, reason }) =>
    result ? authentication.notifySuccess(result) : authentication.notifyFailure(reason),
  shareToStage: ({ meeting }, url) =>
    answered((done) => meeting.shareAppContentToStage(done, url, { sharingProtocol: meeting.SharingProtocol.Collaborative })),
  stopSharing: ({ meeting }) => answered((done) => meeting.stopSharingAppContentToStage(done)),
  stageState: ({ meeting }) => answered((done) => meeting.getAppContentStageSharingState(done)),
  stageCapabilities: ({ meeting }) => answered((done) => meeting.getAppContentStageSharingCapabilities(done)),
  configure: ({ pages }, config) => pages.config.setConfig(config),
}

const answered = (call) =>
  new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))))

export function createClient({ loadSdk = () => import("./sdk.js"), clock = globalThis } = {}) {
  const listeners = new Map()
  const now = {
    frame: null,
    theme: null,
    device: null,
    chatId: null,
    meetingId: null,
    entityId: null,
    userId: null,
    tenantId: null,
    name: null,
    loginHint: null,
    isAnonymous: false,
  }
  let sdk = null

  const tell = (type, value) => {
    for (const listener of listeners.get(type) ?? []) listener(value)
  }

  async function start() {
    try {
      sdk = await within(loadSdk(), START_PATIENCE, clock)
      await within(sdk.app.initialize(), START_PATIENCE, clock)
      learn(await within(sdk.app.getContext(), START_PATIENCE, clock))
    } catch (error) {
      const isAlone = /no parent window/i.test(error?.message) || !sdk
      sdk = null
      return isAlone ? "absent" : "silent"
    }
    sdk.app.registerOnThemeChangeHandler((theme) => {
      now.theme = theme
      tell("theme", theme)
    })
    // Takes the loading sign of Teams away where the manifest asks for one.
    sdk.app.notifyAppLoaded()
    Promise.resolve(sdk.app.notifySuccess()).catch(() => {})
    return "ready"
  }

  function learn({ app = {}, page = {}, user = {}, chat, meeting, channel }) {
    now.frame = page.frameContext ?? null
    now.theme = app.theme ?? null
    now.device = app.host?.clientType ?? null
    now.chatId = chat?.id ?? channel?.id ?? null
    now.meetingId = meeting?.id ?? null
    now.entityId = page.id || null
    now.userId = user.id || null
    now.tenantId = user.tenant?.id ?? null
    now.name = user.displayName || null
    now.loginHint = user.loginHint || user.userPrincipalName || null
    now.isAnonymous = user.licenseType === "Anonymous" || !user.id
  }

  const can = (name) => Boolean(sdk) && isAllowed(name, now.frame) && (name !== "openChat" || sdk.chat.isSupported())

  async function call(name, options, patience = CALL_PATIENCE) {
    if (!can(name)) throw new TeamsError("unable")
    try {
      return await within(Promise.resolve(CALLS[name](sdk, options)), patience, clock)
    } catch (error) {
      if (error instanceof TeamsError) throw error
      throw new TeamsError(reasonOf(error), { code: error?.errorCode ?? null, cause: error })
    }
  }

  return {
    started: start(),
    now,
    can,
    call,
    ask: (name, options) => call(name, options, ASK_PATIENCE),
    /** The library's configuration page: saving, and whether the button for it is there. */
    get config() {
      return can("configure") ? sdk.pages.config : null
    },
    on(type, listener) {
      if (!listeners.has(type)) listeners.set(type, new Set())
      listeners.get(type).add(listener)
      return () => listeners.get(type).delete(listener)
    },
  }
}

const CONSENT = /resourceRequires(Consent|Mfa)|consent[_ ]?required|interaction[_ ]?required|invalid_grant/i
const REFUSED = /cancel|denied|declin/i

/** "consent" (somebody has to say yes first) | "cancelled" (they said no, or closed the window) | "refused". */
const reasonOf = (error) => {
  const text = String(error?.message ?? error ?? "")
  if (CONSENT.test(text)) return "consent"
  return REFUSED.test(text) ? "cancelled" : "refused"
}

/** Teams' four themes are three of ours; its glass lies over pictures and is read like the dark one. */
export const themeOf = (theme) => ({ default: "light", dark: "dark", glass: "dark", contrast: "contrast" })[theme] ?? null

function within(promise, milliseconds, clock) {
  let timer = 0
  const late = new Promise((_resolve, reject) => {
    timer = clock.setTimeout(() => reject(new TeamsError("late")), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clock.clearTimeout(timer))
}
