/**
 * Bringing the wall to everybody: Teams' stage, which shows a page of its own to each person, beside this panel.
 *
 *   const pin = createPin(client, stageUrl)
 *   pin.available() -> {invite, share, collaborate}: each {can: true} or {can: false, why}
 *       why of share: "outside" (no meeting) | "phone" | "permission" | "client"
 *   pin.share()  pin.stopSharing()  pin.sharing
 *
 * Anybody who may add apps may share them, so whether this person may is asked of Teams, not of us.
 */
const LOOK_AGAIN = 10 * 1000 // milliseconds: nobody is told when somebody else takes the wall off the stage
const PHONES = new Set(["android", "ios", "ipados"])

const YES = { can: true }
const no = (why) => ({ can: false, why })

export function createPin(client, stageUrl, clock = globalThis) {
  const listeners = new Set()
  let sharing = false
  let mayShare = null // as Teams said; null while it has not

  client.started.then(async (how) => {
    if (how !== "ready" || !client.can("stageState")) return
    const { doesAppHaveSharePermission } = await client.call("stageCapabilities").catch(() => ({ doesAppHaveSharePermission: true }))
    mayShare = doesAppHaveSharePermission
    await look()
    change()
    clock.setInterval(() => globalThis.document?.hidden || look(), LOOK_AGAIN)
  })

  function change() {
    for (const listener of listeners) listener()
  }

  async function look() {
    const { isAppSharing } = await client.call("stageState").catch(() => ({ isAppSharing: sharing }))
    become(isAppSharing)
  }

  function become(on) {
    if (on === sharing) return
    sharing = on
    change()
  }

  function share() {
    if (!client.now.meetingId) return no("outside")
    if (!client.can("shareToStage")) return no("frame")
    // https://learn.microsoft.com/microsoftteams/platform/apps-in-teams-meetings/share-in-meeting: from a computer only
    if (PHONES.has(client.now.device)) return no("phone")
    return mayShare === false ? no("permission") : YES
  }

  return {
    showsPanel: false,
    available: () => ({ invite: no("chat"), share: share(), collaborate: no("none") }),
    get sharing() {
      return sharing
    },
    get collaborating() {
      return false
    },
    canInviteSome: false,
    async share() {
      await client.ask("shareToStage", stageUrl())
      become(true)
    },
    async stopSharing() {
      await client.ask("stopSharing")
      become(false)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
