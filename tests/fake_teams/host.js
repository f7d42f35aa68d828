/**
 * Teams' side of the conversation with the real library: what it answers to which message, and in which frame it refuses.
 * The wire is that of @microsoft/teams-js 2.58.0: {id, uuidAsString, func, args} comes, {id, uuidAsString, args} goes
 * back, {func, args} is an event of Teams'.
 *
 *   const host = createHost({ person, world })
 *   host.receive(frame, message, send)   frame: {name: "sidePanel" | ..., isPersonal}; send(message) posts into that frame
 *   host.become({ theme: "dark" })       tells every frame that asked to hear of it
 *   host.save()                          presses Teams' own button to save; -> {saved, reason}
 *   host.calls                           [{func, frame, args}], all that were made
 *
 * `world` is what lies outside of the messages: token({silent}) -> {token} | {error}, popup(url) -> [done, answer],
 * meeting.stage (read), share(url), stop(), configured(config), opened(what, value), validity(on).
 */
const BESIDE_THE_STAGE = ["sidePanel", "meetingStage"]
const SHOWN = ["content", "sidePanel", "meetingStage", "settings", "task"]

/** What the host itself refuses, whatever the library lets through. */
const RULES = {
  executeDeepLink: SHOWN,
  "chat.openChat": ["content", "task"],
  // https://github.com/OfficeDev/microsoft-teams-library-js/issues/683
  "authentication.authenticate": ["content", "sidePanel", "settings", "task"],
  "authentication.authenticate.success": ["authentication"],
  "authentication.authenticate.failure": ["authentication"],
  "meeting.shareAppContentToStage": BESIDE_THE_STAGE,
  "meeting.stopSharingAppContentToStage": BESIDE_THE_STAGE,
  "meeting.getAppContentStageSharingState": BESIDE_THE_STAGE,
  "meeting.getAppContentStageSharingCapabilities": BESIDE_THE_STAGE,
  "settings.setSettings": ["settings"],
  "settings.setValidityState": ["settings"],
}

const NO_PERMISSION = { errorCode: 1000, message: "App doesn't have the permission." }
const SUPPORTS = { chat: {}, dialog: { url: {} }, pages: { config: {}, currentApp: {}, tabs: {} }, meeting: {}, stageView: {} }

export function createHost({ person, world }) {
  const calls = []
  const frames = new Map() // frame -> send, once it has said hello
  const wanting = new Map() // event -> the frames that want to hear of it
  let saving = null

  /** As old and new clients give it: flat, under names of long ago. */
  const context = (frame) => ({
    locale: person.locale ?? "en-us",
    theme: person.theme,
    frameContext: frame.name,
    entityId: person.entityId ?? "",
    chatId: frame.isPersonal ? undefined : person.chat,
    meetingId: frame.isPersonal ? undefined : person.meeting,
    hostName: "Teams",
    hostClientType: person.device,
    ...(person.isAnonymous
      ? { userObjectId: "", userLicenseType: "Anonymous", userDisplayName: person.name }
      : { userObjectId: person.oid, tid: person.tid, userPrincipalName: person.upn, loginHint: person.upn, userDisplayName: person.name }),
  })

  const answers = {
    initialize: (frame) => [frame.name, person.device, JSON.stringify({ apiVersion: 4, isLegacyTeams: false, supports: SUPPORTS }), "2.58.0"],
    getContext: (frame) => [context(frame)],
    registerHandler(frame, [name]) {
      wanting.set(name, (wanting.get(name) ?? new Set()).add(frame))
    },
    async "authentication.getAuthToken"(_frame, [, , silent]) {
      const { token, error } = person.isAnonymous ? { error: "Anonymous" } : await world.token({ silent: Boolean(silent) })
      return error ? [false, error] : [true, token]
    },
    "authentication.authenticate": (_frame, [url]) => world.popup(url),
    "chat.openChat"(_frame, [wish]) {
      world.opened("chat", wish)
      return [true]
    },
    executeDeepLink(_frame, [url]) {
      world.opened("link", url)
      return [true]
    },
    "meeting.shareAppContentToStage"(_frame, [url]) {
      if (!person.mayShare) return [NO_PERMISSION, null]
      world.share(url)
      return [null, true]
    },
    "meeting.stopSharingAppContentToStage"() {
      world.stop()
      return [null, true]
    },
    "meeting.getAppContentStageSharingState": () => [null, { isAppSharing: Boolean(world.meeting.stage) }],
    "meeting.getAppContentStageSharingCapabilities": () => [null, { doesAppHaveSharePermission: person.mayShare }],
    "settings.setValidityState": (_frame, [isWhole]) => world.validity(isWhole),
    async "settings.setSettings"(_frame, [config]) {
      await world.configured(config)
      return [true]
    },
    "settings.save.success": () => saving?.({ saved: true }),
    "settings.save.failure": (_frame, [reason]) => saving?.({ saved: false, reason }),
    "appInitialization.appLoaded": () => {},
    "appInitialization.success": () => {},
  }

  /** Callbacks get an error first, promises a success first: as the library unpacks them. */
  const refusal = (func) => (func.startsWith("meeting.") ? [{ errorCode: 500, message: "not here" }, null] : [false, `${func} is not supported in this context`])

  async function receive(frame, { id, uuidAsString, func, args }, send) {
    frames.set(frame, send)
    calls.push({ func, frame: frame.name, args })
    if (person.silent?.includes(func)) return
    const isAllowed = RULES[func]?.includes(frame.name) ?? func in answers
    const answer = isAllowed ? await answers[func]?.(frame, args ?? []) : refusal(func)
    if (answer) send({ id, uuidAsString, args: answer })
  }

  function tell(name, args) {
    for (const frame of wanting.get(name) ?? []) frames.get(frame)?.({ func: name, args })
  }

  return {
    calls,
    receive,
    called: (func) => calls.filter((call) => call.func === func).length,
    become(changes) {
      const { theme } = person
      Object.assign(person, changes)
      if (person.theme !== theme) tell("themeChange", [person.theme])
    },
    save: () =>
      new Promise((resolve) => {
        saving = resolve
        for (const frame of wanting.get("save") ?? []) frames.get(frame)({ func: "settings.save", args: [{}] })
      }),
    /** The frame is gone: nothing more goes there. */
    forget(frame) {
      frames.delete(frame)
      for (const wanted of wanting.values()) wanted.delete(frame)
    },
  }
}
