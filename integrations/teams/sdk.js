/** What we use of Microsoft's library, and no more of it: a chunk of its own, loaded beside the page. */
export { app, authentication, chat, meeting, pages } from "@microsoft/teams-js"
