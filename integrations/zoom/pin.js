/**
 * Bringing the wall to everybody in the room: what this person can do in this client, and why not what they cannot.
 *
 *   const pin = createPin(client)
 *   pin.available() -> {invite, share, collaborate}: each {can: true} or {can: false, why}
 *       why: "outside" | "guest" | "role" | "webinar" | "breakout" | "client"
 *   pin.invite() -> "everybody" | "chosen"    pin.share()  pin.stopSharing()  pin.collaborate()  pin.stopCollaborating()
 *   pin.sharing, pin.collaborating            pin.canInviteSome: the dialog in which people are chosen
 */
import { isInMeeting } from "./client.js"

const YES = { can: true }
const no = (why) => ({ can: false, why })

export function createPin(client) {
  const { now } = client
  let sharing = false
  let collaborating = false
  const listeners = new Set()
  const change = () => {
    for (const listener of listeners) listener()
  }
  client.on("share", (on) => {
    sharing = on
    change()
  })
  client.on("collaborate", (action) => {
    if (action === "start" || action === "join") collaborating = true
    if (action === "end" || action === "leave") collaborating = false
    change()
  })

  const hasRole = (...roles) => roles.includes(now.role)
  const isGuest = () => now.status !== "authorized"
  const invitesAll = () => hasRole("host", "co_host", "participant") && client.can("sendAppInvitationToAllParticipants")
  const invitesSome = () => hasRole("host", "co_host", "participant", "panelist") && client.can("showAppInvitationDialog")

  function invite() {
    if (!isInMeeting(now.runningContext)) return no("outside")
    if (isGuest()) return no("guest")
    if (invitesAll() || invitesSome()) return YES
    return no(hasRole("host", "co_host", "participant", "panelist") ? "client" : "role")
  }

  function share() {
    if (!isInMeeting(now.runningContext)) return no("outside")
    if (!hasRole("host", "co_host", "participant", "panelist")) return no("role")
    return client.can("shareApp") ? YES : no("client")
  }

  function collaborate() {
    if (!isInMeeting(now.runningContext)) return no("outside")
    if (now.runningContext === "inWebinar") return no("webinar")
    if (client.inBreakout) return no("breakout")
    if (isGuest()) return no("guest")
    if (!hasRole("host", "co_host", "participant")) return no("role")
    return client.can("startCollaborate") ? YES : no("client")
  }

  return {
    showsPanel: true,
    available: () => ({ invite: invite(), share: share(), collaborate: collaborate() }),
    get sharing() {
      return sharing
    },
    get collaborating() {
      return collaborating
    },
    get canInviteSome() {
      return invite().can && invitesSome()
    },
    /** Everybody who is in the room now: latecomers need a fresh one. */
    async invite() {
      if (!invitesAll()) return this.inviteSome()
      await client.ask("sendAppInvitationToAllParticipants")
      return "everybody"
    },
    async inviteSome() {
      await client.ask("showAppInvitationDialog")
      return "chosen"
    },
    async share() {
      await client.ask("shareApp", { action: "start" })
      sharing = true
      change()
    },
    async stopSharing() {
      await client.ask("shareApp", { action: "stop" })
      sharing = false
      change()
    },
    /** Without the screen: what the host sees may show people who are not to be recorded. */
    async collaborate() {
      await client.ask("startCollaborate", { shareScreen: false })
      collaborating = true
      change()
    },
    async stopCollaborating() {
      await client.ask("endCollaborate")
      collaborating = false
      change()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
