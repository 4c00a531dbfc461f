import { excerptOf, type HttpAnswer, outcomeOfStatus } from '../http/post.ts'
import type { Receiver, SendOutcome } from '../receiver.ts'
import { type BotOptions, botReceiver } from './bot.ts'

/** An incoming webhook of Slack. Its errors are a word as text. */
export const slack = (options: BotOptions): Receiver =>
  botReceiver({ kind: 'slack', request: (body, url) => ({ url, body }), outcomeOf }, options)

/** By word: what can be done. Source: Slack's documentation of incoming webhooks, "Handling errors". */
const remedies: Readonly<Record<string, string>> = {
  invalid_token: 'take the address of the webhook anew from the settings of the app',
  no_service: 'the webhook was removed or disabled: make one, and put its address into the contact point',
  no_service_id: 'take the address of the webhook anew from the settings of the app',
  no_team: 'take the address of the webhook anew from the settings of the app',
  team_disabled: 'the workspace is disabled',
  channel_not_found: 'the channel of the webhook is gone: make one for another channel',
  channel_is_archived: 'unarchive the channel, or make a webhook for another one',
  action_prohibited: 'an administrator of the workspace restricts who may post there',
  posting_to_general_channel_denied: 'an administrator of the workspace restricts who may post there',
}

function outcomeOf(answer: HttpAnswer): SendOutcome {
  const outcome = outcomeOfStatus(answer)
  const word = excerptOf(answer.text)
  // A front that answers 200 with a page of its own has not delivered anything.
  if (outcome.kind === 'acknowledged') {
    return word === 'ok' ? outcome : { kind: 'failed', problem: `HTTP ${answer.status} without Slack's "ok": ${word}` }
  }
  const remedy = remedies[word]
  if (remedy === undefined) return outcome
  const problem = `${outcome.problem}; ${remedy}`
  // 400 and 410 are what Slack has against the webhook here, and not against the message.
  return outcome.kind === 'gone' ? { kind: 'gone', problem } : { kind: 'failed', problem }
}
