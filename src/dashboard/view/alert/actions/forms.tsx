import type { Alert } from '../../../../protocol/alert.ts'
import { words } from '../../../language/language.ts'
import { alertDeed } from '../../../state/deeds.ts'
import { readerName } from '../../../state/reader.ts'
import { ActionForm, type Filled, textOf } from './action-form.tsx'
import { type OpenForm, plainDeed } from './open-form.ts'
import { SilenceForm } from './silence-form.tsx'
import { SnoozeForm } from './snooze-form.tsx'

/** The form that is open, for the alert that is. */
export function FormOf({ form, alert }: { form: OpenForm; alert: Alert }) {
  switch (form.kind) {
    case 'assign':
      return <AssignForm form={form} alert={alert} />
    case 'comment':
      return <CommentForm form={form} alert={alert} />
    case 'resolve':
      return <ResolveForm form={form} alert={alert} />
    case 'snooze':
      return <SnoozeForm form={form} alert={alert} />
    case 'silence':
      return <SilenceForm form={form} alert={alert} />
    case 'acknowledge':
    case 'unacknowledge':
    case 'feedback':
      return <NameForm form={form} alert={alert} />
  }
}

export type FormProperties = { readonly form: OpenForm; readonly alert: Alert }

/** For what takes nothing but a name. */
function NameForm({ form, alert }: FormProperties) {
  const fill = (_data: FormData, by: string): Filled => {
    const deed = plainDeed(form, alert, by)
    if (deed === undefined) throw new Error(`${form.kind} takes more than a name`)
    return { deed }
  }
  return <ActionForm form={form} alert={alert.id} fill={fill} />
}

function AssignForm({ form, alert }: FormProperties) {
  const text = words.value.deeds
  const fill = (data: FormData, by: string): Filled => ({
    deed: alertDeed('assign', alert.id, by, { to: textOf(data, 'to') }),
  })
  const me = readerName.value
  return (
    <ActionForm form={form} alert={alert.id} fill={fill}>
      <label>
        <span>{text.to}</span>
        <input name="to" required maxLength={200} autocomplete="off" defaultValue={alert.assigned_to ?? me ?? ''} />
      </label>
    </ActionForm>
  )
}

function CommentForm({ form, alert }: FormProperties) {
  const fill = (data: FormData, by: string): Filled => ({
    deed: alertDeed('comment', alert.id, by, { text: textOf(data, 'text') }),
  })
  return (
    <ActionForm form={form} alert={alert.id} fill={fill}>
      <label>
        <span>{words.value.deeds.text}</span>
        <textarea name="text" required maxLength={2_000} rows={3} />
      </label>
    </ActionForm>
  )
}

function ResolveForm({ form, alert }: FormProperties) {
  const text = words.value
  const fill = (data: FormData, by: string): Filled => {
    const cause = textOf(data, 'cause')
    const more = textOf(data, 'more')
    if (cause === 'other' && more === '') return { missing: text.deeds.moreNeeded }
    return { deed: alertDeed('resolve', alert.id, by, { cause, ...(more === '' ? {} : { text: more }) }) }
  }
  return (
    <ActionForm form={form} alert={alert.id} fill={fill}>
      <label>
        <span>{text.deeds.cause}</span>
        <select name="cause" required>
          {Object.entries(text.marks.causes).map(([cause, title]) => (
            <option key={cause} value={cause}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{text.deeds.more}</span>
        <textarea name="more" maxLength={2_000} rows={2} />
      </label>
    </ActionForm>
  )
}
