/** Teams' deep links: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-links */

const HOSTS = new Set(["teams.microsoft.com", "teams.cloud.microsoft"])

/** What a link to a chat asks for, {user, message}; null for any other address, and for more than one person. */
export function chatIn(address) {
  const url = parsed(address)
  if (!url || !HOSTS.has(url.host) || !url.pathname.startsWith("/l/chat/")) return null
  const user = url.searchParams.get("users") ?? ""
  const message = url.searchParams.get("message") ?? undefined
  return user && !user.includes(",") ? { user, message } : null
}

const parsed = (address) => {
  try {
    return new URL(address)
  } catch {
    return null
  }
}

/** An address that opens our tab of that chat; null where Teams has not said which it is. */
export function openingUrl({ appId, entityId, chatId }) {
  if (!appId || !entityId || !chatId) return null
  const context = JSON.stringify({ chatId, contextType: "chat" })
  return `https://teams.microsoft.com/l/entity/${encodeURIComponent(appId)}/${encodeURIComponent(entityId)}?context=${encodeURIComponent(context)}`
}
