/**
 * Sends until it is taken. A service that says "not now" (its storage is full or away, its database held) took nothing;
 * the photo waits here, and is sent again under the same key for as long as somebody is likely to look. Without a
 * connection it waits for as long as the page is open, and goes by itself once there is one.
 *
 *   const done = await untilTaken(() => api.sendPhoto(…), { again: reach.again, onWait })
 *   again()    -> Promise, settled when it may be worth trying again      onWait()   nothing got through this time
 */
const PATIENCE = 10 * 60 * 1000
const NOT_NOW = 503

/** Nobody answered: neither yes nor no. */
export const isLost = ({ status, code }) => status === 0 && code !== "aborted"

export async function untilTaken(send, { patience = PATIENCE, now = () => Date.now(), again = null, onWait = () => {} } = {}) {
  const until = now() + patience
  for (;;) {
    try {
      return await send() // which itself pauses between its tries
    } catch (failure) {
      if (again && isLost(failure)) {
        onWait()
        await again()
      } else if (failure.status !== NOT_NOW || now() > until) throw failure
    }
  }
}
