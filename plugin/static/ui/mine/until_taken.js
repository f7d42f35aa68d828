/**
 * Sends until it is taken. A service that says "not now" (its storage is full or away, its database held) took nothing;
 * the photo waits here, and is sent again under the same key for as long as somebody is likely to look.
 *
 *   const done = await untilTaken(() => api.sendPhoto(…))
 */
const PATIENCE = 10 * 60 * 1000
const NOT_NOW = 503

export async function untilTaken(send, { patience = PATIENCE, now = () => Date.now() } = {}) {
  const until = now() + patience
  for (;;) {
    try {
      return await send() // which itself pauses between its tries
    } catch (failure) {
      if (failure.status !== NOT_NOW || now() > until) throw failure
    }
  }
}
