/**
 * The browser half of Teams. Who somebody is, the single sign-on token says, which Teams gives without a click; where this
 * is, the key in the tab's own address. Guests have no token: the key, a join code, or what this browser keeps lets them in.
 * Nothing here needs a cookie, and nothing is lost where the browser keeps nothing.
 */
import { chatIn, openingUrl } from "./links.js"
import { createClient, themeOf } from "./client.js"
import { contextOf } from "./page.js"
import { createPin } from "./pin.js"

export { words } from "./words.js"

const DIALOG_PATIENCE = 60 * 1000 // milliseconds: Teams' own question, before the person comes in as a guest
const POPUP = { width: 600, height: 535 } // as Microsoft's documents have it
const PENDING_LOOKS = 12 // Entra takes seconds until a consent counts
const PENDING_EVERY = 1500

export function createPlatform(code, boot, { store, words, ApiError, client = createClient(), clock = globalThis }) {
  const { paths, own = {} } = boot
  const base = boot.base_url ?? globalThis.location?.origin
  const query = new URLSearchParams(globalThis.location?.search)
  const tab = query.get("tab") ?? ""
  let startToken = null
  let event = code ? { code } : null
  let meeting = null
  let wanted = null // a join code that somebody typed
  let asked = null
  let isSignedOn = false
  const listeners = new Set()

  const tell = (type) => {
    for (const listener of [...listeners]) listener(type)
  }
  const pin = createPin(client, () => `${base}/teams/stage?code=${encodeURIComponent(event?.code ?? "")}`, clock)

  /** The tab's key names the place; outside of one, the last wall of this browser may be right and does no harm otherwise. */
  const kept = () => event?.code ?? store.get(`teams:tab:${tab}`)
  const returnKey = () => (kept() && store.get(`return:${kept()}`)) || null

  const withKey = (body) => {
    const key = returnKey()
    return key ? { ...body, return_key: key } : body
  }

  function forget() {
    if (kept()) store.remove(`return:${kept()}`)
  }

  /** The token, or null for a guest. Teams asks the person only where nobody has agreed yet. */
  async function signOn() {
    isSignedOn = false
    if (client.now.isAnonymous) return null
    try {
      const token = await client.call("getAuthToken", { silent: true }).catch((error) => {
        if (error.reason !== "consent") throw error
        return client.call("getAuthToken", { silent: false }, DIALOG_PATIENCE)
      })
      isSignedOn = true
      return token
    } catch {
      return null
    }
  }

  /** Whether the service has learnt from Entra who this is: its seconds are waited for. */
  async function profileOf(api, answer) {
    for (let looks = 0; answer.profile_pending && looks < PENDING_LOOKS; looks++) {
      await new Promise((resolve) => clock.setTimeout(resolve, PENDING_EVERY))
      answer = await api.get("/api/me", { cache: "no-store" })
    }
    return answer
  }

  return {
    name: "teams",
    title: boot.title,
    words,
    hasProfiles: true,
    signOutPath: paths.sign_out,
    tellsConsent: true,
    arrives: true, // joins before anything else: there may be no wall yet
    camera: globalThis.matchMedia?.("(pointer: coarse) and (hover: none)").matches ? "device" : null, // Teams lends a page no camera
    theme: themeOf(query.get("theme")),
    started: client.started,
    pin,
    get knownCode() {
      return kept()
    },
    get meeting() {
      return meeting
    },
    get startToken() {
      return startToken
    },
    get deskUrl() {
      return event ? store.get(`desk:${event.code}`) : null
    },
    get screenName() {
      return client.now.name
    },
    /** What goes into the meeting's chat, so that whoever has not opened the app comes to it. */
    get openingUrl() {
      return openingUrl({ appId: own.app_id, entityId: client.now.entityId, chatId: client.now.chatId })
    },
    lookBody: () => withKey({ start_token: startToken }),
    topic: async () => "", // Teams tells it to apps with another permission only

    async joinBody() {
      asked = wanted
      wanted = null
      if ((await client.started) === "ready") {
        const token = await signOn()
        const body = withKey({ path: paths.session, token, tab, context: contextOf(client), ...(asked && { code: asked }) })
        if (token || tab || asked) return body
      }
      const known = kept()
      if (known && returnKey()) return { code: known, return_key: returnKey() }
      throw new ApiError(0, "client_silent", words.silent)
    },

    remember(answer) {
      startToken = answer.start_token ?? startToken
      meeting = answer.meeting ?? meeting
      if (!answer.event) return
      event = answer.event
      store.set(`teams:tab:${tab}`, event.code)
      if (answer.desk_url) store.set(`desk:${event.code}`, answer.desk_url)
      if (answer.return_key) store.set(`return:${event.code}`, answer.return_key)
    },

    /** Teams gives a new token for the next try; a code goes along again, and a key that is of no use goes. */
    refused() {
      wanted = asked
      if (!isSignedOn) forget()
    },
    forget,
    joinByCode(text) {
      wanted = text
    },

    onTheme: (listener) => {
      client.started.then(() => listener(themeOf(client.now.theme)))
      return client.on("theme", (theme) => listener(themeOf(theme)))
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** A chat opens in Teams itself, where the frame may; every other address where Teams opens addresses. */
    async openUrl(url) {
      const wish = chatIn(url)
      if (wish && client.can("openChat")) return client.call("openChat", wish).catch(() => client.call("openLink", url))
      return client.call("openLink", url)
    },

    get canAuthorize() {
      return client.can("getAuthToken") && !isSignedOn && !client.now.isAnonymous
    },
    async promptAuthorize() {
      await client.ask("getAuthToken", { silent: false })
      tell("person") // whoever was a guest comes in anew
    },

    get canReadProfile() {
      return isSignedOn && client.can("authenticate")
    },

    /**
     * Microsoft's question in a window of its own. It and this frame share no storage: what comes back is a code, good
     * once, which only the service can use.
     */
    async authorize(api) {
      const { popup, state } = await api.get(paths.authorize, { cache: "no-store" })
      const answer = await client.ask("authenticate", { url: popup, ...POPUP }).catch((error) => {
        if (error.reason === "cancelled") return null
        throw error
      })
      const granted = answer ? JSON.parse(answer) : {}
      if (!granted.code || granted.state !== state) return null
      const joined = await api.post(paths.authorized, { code: granted.code, state, redirectUri: `${base}/teams/auth/end` })
      if (joined.token) api.accept({ ...joined, event: joined.event ?? event })
      return profileOf(api, joined)
    },
  }
}
