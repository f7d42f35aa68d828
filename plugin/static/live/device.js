/**
 * The random value that this browser keeps for an event. It goes along with every proof, whatever the platform: a personal
 * block, and what a host decided about somebody, hold for who comes anew with this browser (plugin/people/devices.py).
 * Where the event is not known beforehand, a value lies ready for the one that comes. A browser that keeps nothing has none.
 *
 *   const device = createDevice(store, () => code)   the join code of the event that this very likely is, or null
 *   device.with(body)       -> the body with `device`, where there is one
 *   device.note(answer)     gets the answer of each join -> true when the event turned out to be another one with a value of
 *                           its own: joining again tells it
 */
const NEXT = "device:next"

export function createDevice(store, likely) {
  let code = null // of the event, once an answer named it
  let sent = null

  return {
    with(body) {
      const known = code ?? likely()
      sent = store.own(known ? `device:${known}` : NEXT)
      return sent ? { ...body, device: sent } : body
    },

    note({ event }) {
      if (!event || !sent) return false
      code = event.code
      const key = `device:${code}`
      if (store.get(NEXT) === sent) {
        store.remove(NEXT)
        if (!store.get(key)) store.set(key, sent)
      }
      return store.own(key) !== sent
    },
  }
}
