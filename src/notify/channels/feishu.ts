import { createHmac } from 'node:crypto'
import type { Json, JsonFields } from '../../event/json.ts'
import type { Receiver } from '../receiver.ts'
import { type BotOptions, botReceiver, type CodeMeaning, outcomeOfCode } from './bot.ts'

/** 100 in a minute and 5 in a second; a bit less, since the way there stretches and shortens time. */
export const feishuRates = [
  { count: 90, everyMs: 60_000 },
  { count: 4, everyMs: 1_000 },
] as const

/** A custom bot of Feishu or Lark. @param secret undefined: the bot does not ask for signatures. */
export const feishu = ({ secret, ...options }: BotOptions & { readonly secret: string | undefined }): Receiver =>
  botReceiver(
    {
      kind: 'feishu',
      request: (body, url, now) => ({
        url,
        body: secret === undefined ? body : signed(body as JsonFields, secret, now),
      }),
      outcomeOf: answer => outcomeOfCode(answer, 'code', 'msg', code => meanings[code]),
    },
    options,
  )

function signed(body: JsonFields, secret: string, now: number): Json {
  const timestamp = Math.floor(now / 1_000)
  return { timestamp: String(timestamp), sign: feishuSignature(timestamp, secret), ...body }
}

/**
 * @param timestamp in seconds since the epoch.
 * @returns HMAC-SHA256 over nothing, with timestamp and secret as the key: that is how Feishu has it.
 */
export const feishuSignature = (timestamp: number, secret: string): string =>
  createHmac('sha256', `${timestamp}\n${secret}`).digest('base64')

/** Source: Feishu's "Custom bot usage guide". */
const meanings: Readonly<Record<number, CodeMeaning>> = {
  9499: { is: 'refused', remedy: 'the bot cannot read the message: report it' },
  11232: { is: 'too-many', remedy: 'the bot is sent more than it takes, or the hour is full', pauseMs: 60_000 },
  19001: { is: 'mendable', remedy: 'put the address that the page of the bot shows into the contact point' },
  19002: { is: 'refused', remedy: 'the bot cannot read the message: report it' },
  19021: {
    is: 'mendable',
    remedy:
      'set "secret" to what the page of the bot shows under signature verification, and the clock of this machine',
  },
  19022: { is: 'mendable', remedy: "add the address of this machine to the bot's allowed addresses" },
  19024: { is: 'mendable', remedy: 'set the keyword of the bot to Stagewatch, which stands in every message' },
}
