/** What our own pages in Teams have in common with the panel. */
import { themeOf } from "./client.js"

/** Everything that Teams says of the place: a hint for the service, which believes none of it. */
export function contextOf({ now }) {
  const { frame, chatId, meetingId, tenantId, device, isAnonymous } = now
  const said = { frame, chat: chatId, meeting: meetingId, tenant: tenantId, client: device, anonymous: isAnonymous }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null))
}

/** In Teams' colours, also when they change. */
export function wear(client) {
  const put = (theme) => {
    if (themeOf(theme)) document.documentElement.dataset.theme = themeOf(theme)
  }
  put(client.now.theme)
  client.on("theme", put)
}
