/** The table of what is allowed where, held against the shipped library and against what Teams itself refuses. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { createClient } from "../../integrations/teams/client.js"
import { CALLS, isAllowed } from "../../integrations/teams/frames.js"
import { loadSdk, surround } from "./teams.js"

const FRAMES = ["content", "sidePanel", "meetingStage", "settings", "task", "authentication"]
const NOT_HERE = /only allowed in following contexts/
const done = () => {}

/** Each call as the client makes it, with something harmless in it. */
const ATTEMPTS = {
  getContext: ({ app }) => app.getContext(),
  getAuthToken: ({ authentication }) => authentication.getAuthToken(),
  openLink: ({ app }) => app.openLink("https://teams.microsoft.com/l/chat/0/0?users=a"),
  openChat: ({ chat }) => chat.openChat({ user: "a" }),
  authenticate: ({ authentication }) => authentication.authenticate({ url: "https://mosaic.example.com/teams/auth/start" }),
  answerPopup: ({ authentication }) => authentication.notifySuccess("{}"),
  shareToStage: ({ meeting }) => meeting.shareAppContentToStage(done, "https://mosaic.example.com/teams/stage"),
  stopSharing: ({ meeting }) => meeting.stopSharingAppContentToStage(done),
  stageState: ({ meeting }) => meeting.getAppContentStageSharingState(done),
  stageCapabilities: ({ meeting }) => meeting.getAppContentStageSharingCapabilities(done),
  configure: async ({ pages }) => {
    pages.config.registerOnSaveHandler(done)
    pages.config.setValidityState(true)
  },
}

/** Whether the library lets a call through in a frame; what the host then says is another matter. */
async function isLetThrough(attempt, sdk) {
  try {
    await attempt(sdk)
    return true
  } catch (error) {
    return !NOT_HERE.test(error.message)
  }
}

test("every call of the table is tried", () => {
  assert.deepEqual(Object.keys(ATTEMPTS), Object.keys(CALLS))
})

for (const frame of FRAMES) {
  test(`in the frame ${frame}, the library allows what the table allows`, async () => {
    surround({}, frame)
    const sdk = await loadSdk()
    globalThis.close = () => {} // a popup that has answered
    await sdk.app.initialize()
    for (const [call, attempt] of Object.entries(ATTEMPTS)) {
      const isStageSignIn = call === "authenticate" && frame === "meetingStage"
      assert.equal(await isLetThrough(attempt, sdk), isStageSignIn || isAllowed(call, frame), call)
    }
  })
}

test("on the stage Teams itself refuses the window that asks for consent, so we never ask there", async () => {
  surround({}, "meetingStage")
  const sdk = await loadSdk()
  await sdk.app.initialize()
  await assert.rejects(sdk.authentication.authenticate({ url: "https://mosaic.example.com/teams/auth/start" }), /not supported in this context/)
  assert.equal(isAllowed("authenticate", "meetingStage"), false)
})

test("what the frame does not allow is never sent to Teams", async () => {
  const { host } = surround({}, "sidePanel")
  const client = createClient({ loadSdk })
  await client.started
  assert.equal(client.can("openChat"), false)
  await assert.rejects(client.call("openChat", { user: "ben@acme.example" }), { reason: "unable" })
  assert.equal(host.called("chat.openChat"), 0)
})
