import { createHmac } from 'node:crypto'
import type { Receiver } from '../receiver.ts'
import { type BotOptions, botReceiver, type CodeMeaning, outcomeOfCode } from './bot.ts'

/** 20 in a minute, or the bot is blocked for ten; a bit less, since the way there stretches and shortens time. */
export const dingtalkRates = [{ count: 18, everyMs: 60_000 }] as const

const BLOCKED_MS = 600_000

/** A custom bot of DingTalk. @param secret undefined: the bot does not ask for signatures. */
export const dingtalk = ({ secret, ...options }: BotOptions & { readonly secret: string | undefined }): Receiver =>
  botReceiver(
    {
      kind: 'dingtalk',
      request: (body, url, now) => ({ url: secret === undefined ? url : signed(url, secret, now), body }),
      outcomeOf: answer => outcomeOfCode(answer, 'errcode', 'errmsg', meaningOf),
    },
    options,
  )

/** The bot's address with time and signature, which is encoded already. */
function signed(url: URL, secret: string, now: number): URL {
  const joint = url.search === '' ? '?' : '&'
  return new URL(`${url.href}${joint}timestamp=${now}&sign=${dingtalkSignature(now, secret)}`)
}

/** @param timestamp in ms since the epoch. @returns encoded for a URL. */
export const dingtalkSignature = (timestamp: number, secret: string): string =>
  encodeURIComponent(createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'))

/** Source: DingTalk's "Custom robot access", error codes. 310000 is one code for all that the settings of a bot forbid. */
function meaningOf(code: number, text: string): CodeMeaning | undefined {
  if (code === 130101 || code === 410100) {
    return { is: 'too-many', remedy: 'the bot takes nothing for ten minutes', pauseMs: BLOCKED_MS }
  }
  if (code === 310000) return { is: 'mendable', remedy: remedyFor(text) }
  if (code === 300001 || code === 300005 || code === 400101) {
    return { is: 'mendable', remedy: 'put the address that the page of the bot shows into the contact point' }
  }
  if (code === 400013) return { is: 'gone', remedy: 'the group is dissolved: add a bot to another one' }
  if (code === 400102) return { is: 'mendable', remedy: 'the bot is stopped: enable it in the settings of the group' }
  if (code >= 430101 && code <= 430104) {
    return { is: 'refused', remedy: "DingTalk forbids words, links or pictures in it: look at the rule's texts" }
  }
  return code === 40035 || code === 43004
    ? { is: 'refused', remedy: 'the bot cannot read the message: report it' }
    : undefined
}

function remedyFor(text: string): string {
  if (/keyword|关键词/i.test(text)) return 'set the keyword of the bot to Stagewatch, which stands in every message'
  if (/sign|timestamp|签名/i.test(text)) {
    return 'set "secret" to what the page of the bot shows under "additional signature", and the clock of this machine'
  }
  if (/\bip\b|whitelist|白名单/i.test(text)) return "add the address of this machine to the bot's allowed addresses"
  return 'see the security settings of the bot: keyword, signature, addresses'
}
