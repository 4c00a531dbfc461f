import type { WebSocket } from 'ws'
import { clientMessageSchema, closeCode } from '../../../protocol/message.ts'
import type { Visitor } from '../../access/visitor.ts'
import { parseJson } from '../../parse-json.ts'
import type { Edition } from '../edition.ts'
import type { Hub } from '../hub.ts'
import { readTagFilter } from '../tag-filter.ts'
import { followAll, mayFollowAll } from './everything.ts'
import { openSocket } from './socket.ts'

/** For scripts: one JSON object a text frame, both ways. @see message.ts */
export function openJsonStream(hub: Hub, socket: WebSocket, visitor: Visitor): void {
  const subscriber = openSocket(hub, socket, { visitor, write, ping: () => socket.ping(), hear })
  socket.on('pong', () => subscriber.heardPong())
  subscriber.say(Buffer.from(hub.messages.hello()))

  function hear(text: string): void {
    const message = clientMessageSchema.safeParse(parseJson(text))
    if (!message.success) {
      refuse('expected {"type":"subscribe"} or {"type":"ping"} as a text frame')
      return
    }
    if (message.data.type === 'ping') {
      subscriber.say(Buffer.from(hub.messages.pong()))
      return
    }
    if (!subscriber.admitsState(Date.now())) {
      refuse('subscribe was said too often within a second')
      return
    }
    const { processes, filter: written, epoch, alert_offset: offset } = message.data
    const filter = written === undefined ? undefined : readTagFilter(written)
    if (filter !== undefined && 'problem' in filter) {
      refuse(`the filter is none: ${filter.problem}`)
      return
    }
    const wanted = { filter, processes: processes && new Set(processes) }
    if (!mayFollowAll(hub, visitor, wanted)) {
      subscriber.close(closeCode.notAllowed, 'not allowed')
      return
    }
    const answer = followAll(hub, subscriber, wanted, offset === undefined ? undefined : { epoch, offset })
    subscriber.sayLarge(
      answer.recovered
        ? [Buffer.from(hub.messages.resumed(answer.from)), ...answer.missed.map(write)]
        : [Buffer.from(answer.snapshot)],
    )
  }

  const refuse = (reason: string) => subscriber.close(closeCode.badRequest, reason)
}

const write = ({ body }: Edition): Buffer => Buffer.from(body)
