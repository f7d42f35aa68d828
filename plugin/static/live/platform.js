/**
 * The platform this page runs in. Each is a lazy chunk of its own: nobody loads the others'.
 *
 * An adapter:
 *   name
 *   joinBody() -> the body of the call that lets somebody in; its `path`, where it has one, says which (else /api/join).
 *                 May be a promise, and may fail with an ApiError.
 *   remember(answer), forget()   after a join; after a key that was refused, and when somebody leaves for good
 *   camera, openCamera()         "page", "device" or null
 *   takePhoto()?                 -> File, by the client's own camera; rejects with {reason}. canTakePhoto says whether.
 *   arrives?                     true where there may be no wall yet: ui/client/arrive.js then leads to one. It tells the adapter
 *                                with refused() when a proof was not taken
 *   notify({title, message})?    a notification of the client, true when it was shown
 *   pin?                         what brings the wall to everybody: see integrations/zoom/pin.js
 *   onChange(listener)?          role, place or room changed; the listener gets "person" | "context" | "room"
 *   canAuthorize, promptAuthorize()?, authorize(api)?   lets a guest become a member; fetches a member's profile
 *   theme?                       "light" | "dark"
 */
const PLATFORMS = {
  web: () => import("../../../integrations/web/panel.js"),
  zoom: () => import("../../../integrations/zoom/panel.js"),
}

export async function choosePlatform(boot) {
  const { createPlatform } = await (PLATFORMS[boot.platform] ?? PLATFORMS.web)()
  const platform = createPlatform(boot.code, boot)
  if (platform.theme) document.documentElement.dataset.theme = platform.theme
  return platform
}
