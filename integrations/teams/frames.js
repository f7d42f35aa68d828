/**
 * Which call works in which frame of Teams. The library throws everywhere else, and a page that asks the table first never
 * sees that. tests/js/teams_frames.test.js holds the table against the library itself.
 */
const ANYWHERE = ["content", "sidePanel", "meetingStage", "settings", "task", "authentication"]
const SHOWN = ["content", "sidePanel", "meetingStage", "settings", "task"]
const BESIDE_THE_STAGE = ["sidePanel", "meetingStage"]

export const CALLS = {
  getContext: ANYWHERE,
  getAuthToken: ANYWHERE,
  openLink: SHOWN,
  openChat: ["content", "task"],
  // The library allows it on the stage as well, but Teams refuses it there:
  // https://github.com/OfficeDev/microsoft-teams-library-js/issues/683
  authenticate: ["content", "sidePanel", "settings", "task"],
  answerPopup: ["authentication"],
  shareToStage: BESIDE_THE_STAGE,
  stopSharing: BESIDE_THE_STAGE,
  stageState: BESIDE_THE_STAGE,
  stageCapabilities: BESIDE_THE_STAGE,
  configure: ["settings"],
}

export const isAllowed = (call, frame) => CALLS[call].includes(frame)
