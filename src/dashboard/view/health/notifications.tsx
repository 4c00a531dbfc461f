import { useSignal } from '@preact/signals'
import * as z from 'zod/mini'
import { type OutboxList, outboxSchema } from '../../../protocol/notification.ts'
import { formatCount, formatTime } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { apiPath } from '../../state/api-path.ts'
import { alerts, now } from '../../state/live.ts'
import { type Done, post } from '../../state/post.ts'
import { useResource } from '../../state/resource.ts'
import { timeZone } from '../../state/selection.ts'
import { may } from '../../state/session.ts'
import { CsvLink } from '../csv-link.tsx'
import { Link } from '../link.tsx'
import { Loaded } from '../loaded.tsx'
import { RowTable } from '../row-table.tsx'

const PATH = '/api/v1/notifications'
const AGAIN_AFTER_MS = 5_000

/** Messages that wait to be sent, and those that were given up: each can be sent again. */
export function Notifications() {
  const outbox = useResource(PATH, outboxSchema, { everyMs: AGAIN_AFTER_MS })
  return (
    <section class="panel across" aria-labelledby="notifications-title" data-notifications>
      <div class="panel-head">
        <h2 id="notifications-title">{words.value.health.notifications}</h2>
        <span class="spacer" />
        <CsvLink path={PATH} />
      </div>
      <Loaded of={outbox}>{found => <Outbox outbox={found} />}</Loaded>
    </section>
  )
}

function Outbox({ outbox }: { outbox: OutboxList }) {
  const text = words.value.health
  const { queued, queued_count, dead, dead_count, disabled, held_back, alertmanagers } = outbox
  return (
    <>
      {disabled.map(({ contact_point, reason }) => (
        <p key={contact_point} class="over-word">
          {text.disabled(contact_point, reason)}
        </p>
      ))}
      {held_back.length > 0 && <p>{text.heldBack(held_back.join(', '))}</p>}
      <Heading title={text.waiting} listed={queued.length} all={queued_count} />
      {queued.length === 0 ? <p class="quiet">{text.noneWaiting}</p> : <Queued messages={queued} />}
      <Heading title={text.dead} listed={dead.length} all={dead_count} />
      {dead.length === 0 ? <p class="quiet">{text.noneDead}</p> : <Dead messages={dead} />}
      {alertmanagers.length > 0 && (
        <dl class="facts number">
          {alertmanagers.map(({ member, told_at, problem }) => (
            <div key={member} class="pair">
              <dt>
                {text.alertmanager} {member}
              </dt>
              <dd>
                {told_at === null ? text.notTold : text.toldAt(time(told_at))}
                {problem !== null && <span class="over-word"> · {problem}</span>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}

function Heading({ title, listed, all }: { title: string; listed: number; all: number }) {
  const text = words.value
  return (
    <h3>
      {title} <span class="quiet number">{formatCount(all, text)}</span>
      {listed < all && (
        <span class="quiet"> · {text.health.listedOf(formatCount(listed, text), formatCount(all, text))}</span>
      )}
    </h3>
  )
}

function Queued({ messages }: { messages: OutboxList['queued'] }) {
  const text = words.value.health
  return (
    <RowTable
      label={text.waiting}
      heads={[text.contactPoint, text.tells, { end: text.attempts }, text.problem, text.nextAttempt]}
    >
      {messages.map(message => (
        <tr key={message.id} data-queued={message.id}>
          <th scope="row">{message.contact_point}</th>
          <td>
            <Tells of={message.tells} />
          </td>
          <td class="number end">{message.attempts}</td>
          <td class="wide">{message.problem ?? words.value.noValue}</td>
          <td class="number">
            {message.next_attempt_at === null ? (
              <span class="quiet">{text.underWay}</span>
            ) : (
              time(message.next_attempt_at)
            )}
          </td>
        </tr>
      ))}
    </RowTable>
  )
}

function Dead({ messages }: { messages: OutboxList['dead'] }) {
  const text = words.value.health
  return (
    <RowTable label={text.dead} heads={[text.contactPoint, text.tells, text.gaveUp, text.problem, text.sendAgain]}>
      {messages.map(message => (
        <tr key={message.id} data-dead={message.id}>
          <th scope="row">{message.contact_point}</th>
          <td>
            <Tells of={message.tells} />
          </td>
          <td class="number">{time(message.given_up_at)}</td>
          <td class="wide">{message.reason}</td>
          <td>
            <SendAgain id={message.id} />
          </td>
        </tr>
      ))}
    </RowTable>
  )
}

function Tells({ of }: { of: OutboxList['queued'][number]['tells'] }) {
  const text = words.value
  return (
    <ul>
      {of.map(({ alert, state }) => (
        <li key={alert}>
          {text.state[state]}{' '}
          {alerts.value.has(alert) ? <Link to={{ alert }}>{alerts.value.get(alert)?.rule}</Link> : <code>{alert}</code>}
        </li>
      ))}
    </ul>
  )
}

const queuedSchema = z.object({ queued: z.literal(true) })

/** Until the list is read again the row stays, and says what came of it. */
function SendAgain({ id }: { id: string }) {
  const text = words.value.health
  const sent = useSignal<Done<unknown> | 'sending' | undefined>(undefined)
  const outcome = sent.value
  if (!may('steward')) return null
  if (outcome === 'sending') return <span class="quiet">{text.sending}</span>
  if (outcome?.kind === 'done') return <span role="status">{text.sent}</span>
  return (
    <>
      <button
        type="button"
        onClick={async () => {
          sent.value = 'sending'
          sent.value = await post(apiPath('notifications', id, 'redrive'), queuedSchema)
        }}
      >
        {text.sendAgain}
      </button>
      {outcome !== undefined && (
        <span class="under over-word" role="alert">
          {outcome.kind === 'away'
            ? words.value.unanswered.away
            : `${outcome.problem.detail}: ${outcome.problem.remedy}`}
        </span>
      )}
    </>
  )
}

const time = (at: string): string => formatTime(Date.parse(at), timeZone.value, now.value, words.value)
