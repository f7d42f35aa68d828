/**
 * Who sees the stage: this event alone, or a recording and strangers. It decides who is on it without saying so.
 *
 *   const stage = createStageSwitch({ tell: async (isPublic) => … });  stage.element  stage.show(isPublic)
 */
import { createToggle } from "../kit/toggle.js"
import { words } from "../../words/desk.js"

export const createStageSwitch = ({ tell }) => createToggle({ label: words.stagePublic, more: words.stagePublicMore, tell })
