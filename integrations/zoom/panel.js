/**
 * The browser half of Zoom. Who somebody is, Zoom says in a signed context: the home page had one in its request, and the
 * client gives a new one whenever it is asked. The panel works without the client too: then by what the page brought, and
 * by the key of an earlier visit.
 */
import { createClient, isInMeeting } from "./client.js"
import { takePhoto } from "./photo.js"
import { createPin } from "./pin.js"

export { words } from "./words.js"

export function createPlatform(code, boot, { store, words, ApiError, client = createClient() }) {
  const { paths } = boot
  let launch = boot.launch ?? null // one minute, once
  let startToken = null
  let event = code ? { code } : null
  let meeting = null
  let proved = "" // by what the last call was proved
  const listeners = new Set()

  const tell = (type) => {
    for (const listener of [...listeners]) listener(type)
  }
  for (const type of ["person", "context", "room"]) client.on(type, () => tell(type))
  // What came with the page does not name the main meeting of a breakout room; the client does.
  client.started.then(() => client.inBreakout && !event && tell("room"))
  const pin = createPin(client)

  /** A key belongs to an event; before it is known which that is, the last one may be right, and does no harm otherwise. */
  const returnKey = () => {
    const known = event?.code ?? store.get(`zoom:meeting:${meetingKey()}`) ?? store.get("zoom:last")
    return (known && store.get(`return:${known}`)) || null
  }
  const meetingKey = () => client.now.parentUUID ?? client.now.meetingUUID ?? ""

  const withKey = (body) => {
    const key = returnKey()
    return key ? { ...body, return_key: key } : body
  }

  function forget() {
    launch = null
    if (event) store.remove(`return:${event.code}`)
  }

  function hints() {
    const { meetingUUID, parentUUID, participantUUID, screenName, role } = client.now
    return Object.fromEntries(
      Object.entries({ meetingUUID, parentUUID, participantUUID, screenName, role }).filter(([, value]) => value),
    )
  }

  async function signedContext() {
    if ((await client.started) !== "ready") return null
    try {
      return (await client.call("getAppContext")).context || null
    } catch {
      return null
    }
  }

  return {
    name: "zoom",
    title: boot.title,
    words,
    hasProfiles: true,
    arrives: true, // joins before anything else: there may be no wall yet
    camera: null, // a page may not open the camera in every client; Zoom's own does
    theme: ["light", "dark"].includes(boot.theme) ? boot.theme : null,
    started: client.started,
    pin,
    get knownCode() {
      return event?.code ?? store.get(`zoom:meeting:${meetingKey()}`)
    },
    get meeting() {
      return meeting
    },
    get startToken() {
      return startToken
    },
    /** The host link, for whoever opened the wall in this client. */
    get deskUrl() {
      return event ? store.get(`desk:${event.code}`) : null
    },
    /** Asks again whether the meeting has a wall by now. */
    lookBody: () => withKey({ start_token: startToken }),
    /** What the host called the meeting. */
    async topic() {
      if ((await client.started) !== "ready") return ""
      const { meetingTopic = "" } = await client.call("getMeetingContext").catch(() => ({}))
      return meetingTopic
    },
    get screenName() {
      return client.now.screenName
    },

    async joinBody() {
      if (launch) {
        proved = "launch"
        return withKey({ path: paths.session, launch })
      }
      const context = await signedContext()
      if (context) {
        proved = "context"
        return withKey({ path: paths.session, context, hints: hints() })
      }
      proved = "key"
      const key = returnKey()
      if (event?.code && key) return { code: event.code, return_key: key }
      throw new ApiError(0, "client_silent", words.silent)
    },

    remember(answer) {
      launch = null
      startToken = answer.start_token ?? startToken
      meeting = answer.meeting ?? meeting
      if (!answer.event) return
      event = answer.event
      if (answer.desk_url) store.set(`desk:${event.code}`, answer.desk_url)
      if (answer.return_key) store.set(`return:${event.code}`, answer.return_key)
      store.set("zoom:last", event.code)
      if (meetingKey()) store.set(`zoom:meeting:${meetingKey()}`, event.code)
    },

    /** What was refused is not tried again; the client gives a new proof. A guest's key is dropped only for its own sake. */
    refused() {
      if (launch) launch = null
      else if (proved === "key") forget()
    },
    forget,

    get canTakePhoto() {
      return client.can("takeMyPhoto") && ["host", "co_host", "panelist", "participant"].includes(client.now.role)
    },
    takePhoto: () => takePhoto(client),

    /** Shown by the client itself, to this person only; not while they want no disturbance. */
    async notify({ title, message }) {
      try {
        await client.call("showNotification", { type: "info", title, message })
        return true
      } catch {
        return false
      }
    },

    /** In the person's own browser. */
    openUrl: (url) => client.call("openUrl", { url }).catch(() => {}),

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** Where the client is a guest's, Zoom asks them to sign in or to add the app; it tells when they did. */
    get canAuthorize() {
      return isInMeeting(client.now.runningContext) && client.now.status !== "authorized" && client.can("promptAuthorize")
    },
    promptAuthorize: () => client.ask("promptAuthorize"),

    get canReadProfile() {
      return isInMeeting(client.now.runningContext) && client.now.status === "authorized" && client.can("authorize")
    },

    /** For a member whose app asks for more: Zoom's code goes to the service, which fetches the profile. */
    async authorize(api) {
      const { codeChallenge, state } = await api.get(paths.authorize, { cache: "no-store" })
      const granted = await new Promise((resolve, reject) => {
        const stop = client.on("authorized", (answer) => {
          stop()
          resolve(answer)
        })
        client.ask("authorize", { codeChallenge, state }).catch((error) => {
          stop()
          reject(error)
        })
      })
      if (!granted?.result && !granted?.code) return null
      if (granted.state && granted.state !== state) return null // an answer to somebody else's question
      const { code: secret, redirectUri } = granted
      const answer = await api.post(paths.authorized, { code: secret, state, redirectUri })
      // Whoever was a guest may turn out to be somebody who was here before.
      if (answer.token) api.accept({ ...answer, event: answer.event ?? event })
      return answer
    },
  }
}
