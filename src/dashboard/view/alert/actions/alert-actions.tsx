import { useEffect } from 'preact/hooks'
import type { Alert } from '../../../../protocol/alert.ts'
import { words } from '../../../language/language.ts'
import { alertDeed, attemptOf, carryOut, type DeedKind } from '../../../state/deeds.ts'
import { now } from '../../../state/live.ts'
import { givenName, isNameKnown, mayActOn, readerName } from '../../../state/reader.ts'
import { isOver } from '../../../state/world.ts'
import { Attempts } from './attempts.tsx'
import { FormOf } from './forms.tsx'
import { doAtOnce, lastDone, type OpenForm, openForm } from './open-form.ts'

const verdicts = ['useful', 'false_alarm'] as const

/** All that the reader can do to the alert that is open. */
export function AlertActions({ alert }: { alert: Alert }) {
  const text = words.value.deeds
  const form = openForm.value
  // Another alert, another form: nothing that was filled in for one is sent for the other.
  useEffect(
    () => () => {
      openForm.value = undefined
      lastDone.value = undefined
    },
    [alert.id],
  )
  if (!mayActOn(alert)) return <p class="quiet">{text.notAllowed}</p>
  return (
    <section class="actions" aria-labelledby="actions-title">
      <h3 id="actions-title">{text.title}</h3>
      {isOver(alert) && <p class="quiet">{text.over}</p>}
      <p class="action-row">
        {!isOver(alert) && <UnderWay alert={alert} />}
        <Opener kind="assign" />
        {alert.assigned_to !== undefined && <ToNobody alert={alert} />}
        <Opener kind="comment" />
        <Opener kind="silence" />
      </p>
      <p class="action-row">
        <span class="quiet">{text.does.feedback}</span>
        {verdicts.map(verdict => (
          <button
            key={verdict}
            type="button"
            data-action="feedback"
            data-verdict={verdict}
            aria-pressed={alert.feedback?.verdict === verdict}
            aria-disabled={isSending('feedback', alert)}
            onClick={() => doAtOnce({ kind: 'feedback', verdict }, alert)}
          >
            {text.verdicts[verdict]}
          </button>
        ))}
      </p>
      <Attempts alert={alert.id} />
      {form !== undefined && <FormOf key={`${form.kind} ${alert.id}`} form={form} alert={alert} />}
      <Reader />
      <p class="hidden" role="status">
        {lastDone.value !== undefined && text.done(text.does[lastDone.value])}
      </p>
    </section>
  )
}

const isSending = (kind: DeedKind, { id }: Alert): boolean => {
  const attempt = attemptOf(kind, id)
  return attempt !== undefined && attempt.trouble === undefined
}

/** What makes sense only while it is not over. */
function UnderWay({ alert }: { alert: Alert }) {
  const text = words.value.deeds
  const kind = alert.acknowledged === undefined ? 'acknowledge' : 'unacknowledge'
  const isSnoozed = alert.snoozed_until !== undefined && Date.parse(alert.snoozed_until) > now.value
  return (
    <>
      <button
        type="button"
        class={kind === 'acknowledge' ? 'primary' : ''}
        data-action={kind}
        aria-disabled={isSending(kind, alert)}
        onClick={() => doAtOnce({ kind }, alert)}
      >
        {text.does[kind]}
      </button>
      <Opener kind="snooze" />
      {isSnoozed && readerName.value !== undefined && (
        <button type="button" onClick={() => void carryOut(endOfSnooze(alert, readerName.value ?? ''))}>
          {text.does.endSnooze}
        </button>
      )}
      {alert.state !== 'pending' && <Opener kind="resolve" />}
    </>
  )
}

const endOfSnooze = ({ id }: Alert, by: string) => alertDeed('snooze', id, by, { until: null })

function ToNobody({ alert }: { alert: Alert }) {
  const by = readerName.value
  if (by === undefined) return null
  return (
    <button type="button" onClick={() => void carryOut(alertDeed('assign', alert.id, by, { to: null }))}>
      {words.value.deeds.toNobody}
    </button>
  )
}

function Opener({ kind }: { kind: Exclude<OpenForm['kind'], 'feedback'> }) {
  const isOpen = openForm.value?.kind === kind
  return (
    <button
      type="button"
      data-action={kind}
      aria-expanded={isOpen}
      onClick={() => {
        openForm.value = isOpen ? undefined : { kind }
      }}
    >
      {words.value.deeds.does[kind]}
    </button>
  )
}

/** Under which name it is done, and how to change that. */
function Reader() {
  const name = readerName.value
  if (name === undefined) return null
  const text = words.value.deeds
  return (
    <p class="quiet">
      {text.as(name)}{' '}
      {!isNameKnown.value && (
        <button
          type="button"
          class="link"
          onClick={() => {
            givenName.value = undefined
          }}
        >
          {text.otherName}
        </button>
      )}
    </p>
  )
}
