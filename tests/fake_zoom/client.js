/**
 * A Zoom client's side of the bridge, put into a page before its scripts run: the real SDK finds it where it looks for
 * Zoom (window.chrome.webview, or webkit.messageHandlers.jsOCHelper) and cannot tell the difference.
 *
 * It keeps Zoom's rules: nothing works before config(), after a change of role or place until config() was called again,
 * or once the page's address has changed; each call has its roles, places and guests. What a test needs is in
 * window.fakeZoom: calls (all that were made), become({...}) (a change of role, status, place or room), settings.
 *
 * The settings are JSON, put in below; the signed context comes from the test, by window.fakeZoomContext().
 */
;(() => {
  const settings = {
    bridge: "webview2", // or "webkit"
    runningContext: "inMeeting",
    product: "desktop",
    role: "attendee", // as the SDK spells it: host, coHost, attendee, panelist
    status: "authorized", // or unauthenticated, authenticated
    screenName: "Somebody",
    participantUUID: "participant-1",
    meetingUUID: "meeting-1",
    parentUUID: null,
    topic: "Weekly",
    unsupported: [],
    silent: [], // calls that never answer
    failing: {}, // call -> error code
    photo: null, // {videoOff} | {optedOut} | {width, height, data: base64 JPEG} | null: nobody answers
    uid: null, // whose consent authorize() gives
    ...__SETTINGS__,
  }
  const HOSTS = ["host", "coHost"]
  const MEMBERS = [...HOSTS, "participant"]
  const SPEAKERS = [...MEMBERS, "panelist"]
  const EVERYBODY = [...SPEAKERS, "attendee"]
  // call -> who may make it, whether a guest may, and where it does not exist
  const RULES = {
    getUserContext: [EVERYBODY, true],
    getMeetingUUID: [EVERYBODY, true],
    getAppContext: [EVERYBODY, true],
    getMeetingContext: [HOSTS, false],
    authorize: [SPEAKERS, false],
    promptAuthorize: [EVERYBODY, true],
    sendAppInvitationToAllParticipants: [MEMBERS, false],
    showAppInvitationDialog: [SPEAKERS, false],
    showNotification: [EVERYBODY, true],
    openUrl: [EVERYBODY, true],
    shareApp: [SPEAKERS, true],
    startCollaborate: [MEMBERS, false],
    endCollaborate: [MEMBERS, false],
    takeMyPhoto: [SPEAKERS, true],
  }
  const NOT_ALLOWED = 10004
  const NOT_CONFIGURED = 80004
  const NO_COLLABORATE = 10090

  const calls = []
  const listeners = []
  let configuredFor = null // the address that config() was called for
  let sharing = false

  /** The SDK's "attendee" is a participant, but in a webinar. */
  const role = () => (settings.role === "attendee" && settings.runningContext !== "inWebinar" ? "participant" : settings.role)
  const isGuest = () => settings.status !== "authorized"

  const send = (data) => {
    if (settings.bridge === "webkit") window.zoomSdk?.native2js({ data })
    else for (const listener of listeners) listener({ data })
  }
  const event = (name, data) => setTimeout(() => send({ type: "event", name, data }))

  function unsupported() {
    const forbidden = Object.keys(RULES).filter((name) => !RULES[name][0].includes(role()) || (isGuest() && !RULES[name][1]))
    return [...new Set([...settings.unsupported, ...forbidden])]
  }

  const answers = {
    config: () => {
      configuredFor = location.href
      return {
        runningContext: settings.runningContext,
        unsupportedApis: unsupported(),
        clientVersion: "6.2.11.43613",
        browserVersion: settings.bridge === "webkit" ? "applewebkit/617.1" : "webview2/119.0",
        auth: { status: isGuest() ? "unauthorized" : "authorized", upgradable: isGuest() },
        product: settings.product,
      }
    },
    getUserContext: () => {
      const { screenName, participantUUID, status } = settings
      return { screenName, participantUUID, participantId: "1", role: settings.role, status }
    },
    getMeetingUUID: () => {
      const { meetingUUID, parentUUID } = settings
      return parentUUID ? { meetingUUID, parentUUID } : { meetingUUID }
    },
    getMeetingContext: () => ({ meetingTopic: settings.topic, meetingID: "123" }),
    getAppContext: async () => ({ context: await window.fakeZoomContext() }),
    sendAppInvitationToAllParticipants: () => ({ invitationUUID: `invitation-${calls.length}` }),
    showAppInvitationDialog: () => "success",
    showNotification: () => "success",
    openUrl: () => "success",
    shareApp: ({ action }) => {
      if ((action === "start") === sharing) throw action === "start" ? 10024 : 10025
      sharing = action === "start"
      event("onShareApp", action)
      return "success"
    },
    startCollaborate: () => {
      if (settings.runningContext === "inWebinar" || settings.parentUUID) throw NO_COLLABORATE
      event("onCollaborateChange", { action: "start", timestamp: Date.now() })
      return "success"
    },
    endCollaborate: () => {
      event("onCollaborateChange", { action: "end", timestamp: Date.now() })
      return "success"
    },
    takeMyPhoto: () => {
      const { photo, participantUUID } = settings
      const base = { participantUUID, videoOff: false, optedOut: false, timestamp: Date.now(), imageData: null }
      if (photo?.data) event("onPhoto", { ...base, imageData: photo })
      else if (photo) event("onPhoto", { ...base, ...photo })
      return "success"
    },
    promptAuthorize: () => {
      const next = { unauthenticated: "authenticated", authenticated: "authorized" }[settings.status]
      if (next) setTimeout(() => become({ status: next }))
      return "success"
    },
    authorize: ({ codeChallenge, state }) => {
      window.fakeZoomConsent({ codeChallenge, state, redirectUri: location.href }).then((consent) => event("onAuthorized", { ...consent, timestamp: Date.now() }))
      return "success"
    },
  }

  async function answer({ jsCallId, apiName, data }) {
    calls.push({ name: apiName, data: data ?? null })
    if (settings.silent.includes(apiName)) return
    const reply = (result) => send({ type: "apiResponse", data: { jsCallId, ...result } })
    const refuse = (code, text) => reply({ errorCode: code, errorMessage: text })
    if (apiName !== "config" && configuredFor !== location.href) return refuse(NOT_CONFIGURED, "The config token is not valid for this address.")
    if (settings.failing[apiName]) return refuse(settings.failing[apiName], "Refused by the test.")
    if (apiName !== "config" && (!(apiName in answers) || unsupported().includes(apiName))) return refuse(NOT_ALLOWED, "No permission for this API.")
    try {
      reply({ result: await answers[apiName](data ?? {}) })
    } catch (code) {
      refuse(Number(code) || 1, "Not now.")
    }
  }

  /** Zoom takes JSON and answers later. */
  const postMessage = (json) => setTimeout(() => answer(JSON.parse(json)))

  /** A change that the client tells of; until the page calls config() again, nothing else works. */
  function become(changes) {
    const before = { ...settings }
    Object.assign(settings, changes)
    if (before.role !== settings.role || before.status !== settings.status || before.screenName !== settings.screenName) {
      configuredFor = null
      event("onMyUserContextChange", { timestamp: Date.now(), role: settings.role, screenName: settings.screenName, status: settings.status })
    }
    if (before.runningContext !== settings.runningContext) {
      configuredFor = null
      event("onRunningContextChange", { runningContext: settings.runningContext, timestamp: Date.now() })
    }
    if (before.parentUUID !== settings.parentUUID) {
      const action = settings.parentUUID ? "join" : "leave"
      event("onBreakoutRoomChange", { action, breakoutRoomUUID: settings.parentUUID ? settings.meetingUUID : before.meetingUUID, timestamp: Date.now() })
    }
  }

  if (settings.bridge === "webkit") window.webkit = { messageHandlers: { jsOCHelper: { postMessage } } }
  else {
    window.chrome ??= {}
    window.chrome.webview = {
      postMessage,
      addEventListener: (type, listener) => type === "message" && listeners.push(listener),
    }
  }
  window.fakeZoom = { calls, settings, become, called: (name) => calls.filter((call) => call.name === name).length }
})()
