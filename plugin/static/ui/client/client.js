/**
 * What a meeting client adds to the panel: the button that brings the wall to everybody, the stage in its place while it
 * is the shared screen, and a new proof of who and where one is whenever the client says that this changed.
 */
import { createPins } from "./pin.js"
import { createShown } from "./shown.js"

/** Where this panel is what everybody sees, the stage takes its place. */
function covering({ boot, platform }) {
  const shown = createShown({ boot, onStop: () => platform.pin.stopSharing().catch(() => shown.off()) })
  return (on) => (on ? shown.on() : shown.off())
}

/** onRole(isHost) tells the person that they are a host now, or no longer. -> the elements that go beside the event's name. */
export function createClientParts({ api, boot, platform, myself, onChange = () => {}, onRole = () => {} }) {
  const pins = createPins({ api, boot, platform, onSharing: platform.pin.showsPanel ? covering({ boot, platform }) : () => {} })

  async function proveAnew() {
    onChange() // what the client can do is known at once
    pins.refresh()
    try {
      await api.join()
      await myself.refresh()
    } catch {
      return // the old token goes on; the next refusal asks for a new proof
    }
    onChange()
    pins.refresh()
  }

  /** A host made this person one, or took it back: what this panel offers follows at once. */
  let role = null // as the service told it last
  myself.subscribe(() => {
    const before = role
    role = myself.now.attendee.role
    if (before === null || role === before) return
    if (isHost(role) !== isHost(before)) onRole(isHost(role))
    if (role !== platform.meeting?.role) proveAnew()
  })

  platform.onChange(proveAnew)
  platform.started.then(() => {
    onChange()
    pins.refresh()
  })
  pins.refresh()
  return [pins.button]
}

const isHost = (role) => role === "host" || role === "co_host"
