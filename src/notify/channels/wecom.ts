import type { Receiver } from '../receiver.ts'
import { type BotOptions, botReceiver, type CodeMeaning, outcomeOfCode } from './bot.ts'

/** 20 in a minute; a bit less, since the way there stretches and shortens time. */
export const wecomRates = [{ count: 18, everyMs: 60_000 }] as const

/** A group bot of WeCom; its address is its secret. */
export const wecom = (options: BotOptions): Receiver =>
  botReceiver(
    {
      kind: 'wecom',
      request: (body, url) => ({ url, body }),
      outcomeOf: answer => outcomeOfCode(answer, 'errcode', 'errmsg', code => meanings[code]),
    },
    options,
  )

const wrongKey = 'put the address that the page of the bot shows into the contact point'

/** Source: WeCom's "Group robot configuration" and its global error codes. */
const meanings: Readonly<Record<number, CodeMeaning>> = {
  40008: { is: 'refused', remedy: 'the bot cannot read the message: report it' },
  40058: { is: 'refused', remedy: 'the bot cannot read the message: report it' },
  44004: { is: 'refused', remedy: 'the bot cannot read the message: report it' },
  45002: { is: 'refused', remedy: 'the message is too long for the bot: report it' },
  45009: { is: 'too-many', remedy: 'the bot takes 20 messages a minute', pauseMs: 60_000 },
  45033: { is: 'too-many', remedy: 'the bot takes 20 messages a minute', pauseMs: 60_000 },
  93000: { is: 'mendable', remedy: wrongKey },
  93008: { is: 'mendable', remedy: 'the bot is in the group no more: add it again, or one of another group' },
}
