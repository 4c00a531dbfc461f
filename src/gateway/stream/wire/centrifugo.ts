import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { closeCode } from '../../../protocol/message.ts'
import type { Visitor } from '../../access/visitor.ts'
import { parseJson } from '../../parse-json.ts'
import { channelNamed, mayFollow } from '../channels.ts'
import type { Edition } from '../edition.ts'
import type { Hub } from '../hub.ts'
import { readTagFilter } from '../tag-filter.ts'
import {
  type Command,
  commandSchema,
  errors,
  isPong,
  type ProtocolError,
  REJECT_UNRECOVERED,
} from './centrifugo-protocol.ts'
import { openSocket } from './socket.ts'

type Subscribe = NonNullable<Command['subscribe']>
/** The result of a command as JSON; written by hand where it holds what is written already. */
type Answer = { readonly result: string } | { readonly error: ProtocolError }

/** For Centrifugo's clients, the page among them. @see centrifugo-protocol.ts */
export function openCentrifugoStream(hub: Hub, socket: WebSocket, visitor: Visitor): void {
  const client = randomUUID()
  const { version } = hub
  const subscriber = openSocket(hub, socket, { visitor, write, ping: () => socket.send('{}'), hear })
  let isConnected = false

  function hear(text: string): void {
    const lines = text.split('\n').filter(line => line !== '')
    if (!subscriber.admitsCommands(lines.length, Date.now())) {
      refuse(`more than ${hub.limits.commandsPerSecond} commands a second`)
      return
    }
    let replies: string[] = []
    for (const line of lines) {
      const written = parseJson(line)
      if (isPong(written)) {
        subscriber.heardPong()
        continue
      }
      const command = commandSchema.safeParse(written)
      if (!command.success) refuse('bad request')
      else if (command.data.connect === undefined && !isConnected) refuse('bad request: connect comes first')
      else if (command.data.send !== undefined) subscriber.close(closeCode.notAvailable, 'not available')
      else if (command.data.id === 0) refuse('bad request: a command without an id')
      else {
        const { id } = command.data
        const answer = answerTo(command.data)
        if (answer === undefined) refuse('bad request, or too many states within a second')
        else if ('error' in answer) replies.push(JSON.stringify({ id, error: answer.error }))
        else replies.push(`{"id":${id},${answer.result}}`)
      }
      if (!subscriber.isOpen) return
      // Replies of several commands share a frame, but a state of some size has one of its own.
      if (replies.length > 0 && (replies.at(-1) as string).length > LARGE) replies = tell(replies)
    }
    tell(replies)
  }

  function tell(replies: readonly string[]): [] {
    if (replies.length === 0) return []
    const frame = Buffer.from(replies.join('\n'))
    if (frame.byteLength > LARGE) subscriber.sayLarge([frame])
    else subscriber.say(frame)
    return []
  }

  /** @returns undefined: it is nothing that can be answered, or asked for too often. */
  function answerTo(command: Command): Answer | undefined {
    const { connect, subscribe, unsubscribe, rpc } = command
    if (connect !== undefined) return isConnected ? undefined : connected()
    if (subscribe !== undefined) return subscribed(subscribe)
    if (unsubscribe !== undefined) return unsubscribed(unsubscribe.channel)
    if (rpc !== undefined) return called(rpc)
    // Nobody but the server has anything to say here.
    if (command.publish !== undefined) return { error: errors.permissionDenied }
    // A connection lasts as long as the session that it was opened in: there is nothing to prolong.
    if (command.refresh !== undefined) return result('refresh', { client, version, expires: false })
    if (command.sub_refresh !== undefined) return result('sub_refresh', { expires: false })
    if (command.history ?? command.presence ?? command.presence_stats) return { error: errors.notAvailable }
    return undefined
  }

  function connected(): Answer {
    isConnected = true
    subscriber.hasBegun = true
    const ping = Math.max(1, Math.ceil(hub.limits.pingEveryMs / 1_000))
    return result('connect', { client, version, ping, pong: true })
  }

  function subscribed(asked: Subscribe): Answer | undefined {
    const channel = channelNamed(asked.channel, hub.processes)
    if (channel === undefined) return { error: errors.unknownChannel }
    if (!mayFollow(visitor, channel)) return { error: errors.permissionDenied }
    const isFollowed = channel === 'alerts' ? subscriber.alerts !== undefined : subscriber.latest.has(channel)
    if (isFollowed) return { error: errors.alreadySubscribed }
    if (asked.type !== 0) return { error: errors.notAvailable }
    if (channel === 'alerts') return subscriber.admitsState(Date.now()) ? alertsSubscribed(asked) : undefined
    if (asked.tf !== undefined) return { error: { ...errors.badRequest, message: 'bad request: it has no tags' } }
    hub.followLatest(subscriber, channel)
    return result('subscribe', {})
  }

  function alertsSubscribed({ recover, epoch, offset, tf, flag, data }: Subscribe): Answer {
    const filter = tf === undefined ? undefined : readTagFilter(tf)
    if (filter !== undefined && 'problem' in filter) {
      return { error: { ...errors.badRequest, message: `bad request: ${filter.problem}`.slice(0, 300) } }
    }
    const position = recover ? { epoch, offset } : undefined
    if (recover && (flag & REJECT_UNRECOVERED) !== 0 && !hub.history.since({ epoch, offset })) {
      return { error: errors.unrecoverablePosition }
    }
    const missed = hub.followAlerts(subscriber, filter, position)
    const { epoch: own, offset: newest } = hub.history
    const told = {
      recoverable: true,
      positioned: true,
      epoch: own,
      // The client goes on from here, and then from each of the publications.
      offset: missed === undefined || missed.length === 0 ? newest : offset,
      ...(recover ? { was_recovering: true } : {}),
      ...(missed === undefined ? {} : { recovered: true }),
    }
    const publications = missed === undefined ? '' : `,"publications":[${missed.map(publicationOf).join(',')}]`
    const isStateAsked = data?.state === true && missed === undefined
    const state = isStateAsked ? `,"data":${hub.messages.snapshot({ filter }, recover)}` : ''
    return { result: `"subscribe":{${JSON.stringify(told).slice(1, -1)}${publications}${state}}` }
  }

  function unsubscribed(name: string): Answer {
    const channel = channelNamed(name, hub.processes)
    if (channel === 'alerts') subscriber.alerts = undefined
    else if (channel !== undefined) {
      subscriber.latest.delete(channel)
      subscriber.pending.delete(channel)
    }
    return result('unsubscribe', {})
  }

  function called({ method, data }: NonNullable<Command['rpc']>): Answer | undefined {
    if (method !== 'state') return { error: errors.methodNotFound }
    if (!mayFollow(visitor, 'alerts')) return { error: errors.permissionDenied }
    if (!subscriber.admitsState(Date.now())) return undefined
    const processes = data?.processes && new Set(data.processes)
    return { result: `"rpc":{"data":${hub.messages.snapshot({ processes }, false)}}` }
  }

  const refuse = (reason: string) => subscriber.close(closeCode.badRequest, reason)
}

/** Larger answers are not counted against what may wait for a client, but come one at a time. */
const LARGE = 65_536

const result = (key: string, told: object): Answer => ({ result: `"${key}":${JSON.stringify(told)}` })

function publicationOf({ body, about: { offset, tags } }: Edition): string {
  const position = offset === undefined ? '' : `,"offset":${offset}`
  return `{"data":${body}${position}${tags === undefined ? '' : `,"tags":${JSON.stringify(tags)}`}}`
}

const write = (edition: Edition): Buffer =>
  Buffer.from(`{"push":{"channel":${JSON.stringify(edition.channel)},"pub":${publicationOf(edition)}}}`)
