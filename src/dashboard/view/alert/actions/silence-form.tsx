import { useMemo } from 'preact/hooks'
import { formatDuration, formatTime } from '../../../language/format.ts'
import { words } from '../../../language/language.ts'
import { alertLabels } from '../../../state/alert-labels.ts'
import { apiPath } from '../../../state/api-path.ts'
import { now } from '../../../state/live.ts'
import { timeZone } from '../../../state/selection.ts'
import { ActionForm, type Filled, textOf } from './action-form.tsx'
import type { FormProperties } from './forms.tsx'

const choicesMs = [3_600_000, 14_400_000, 86_400_000, 604_800_000]

/** Which alerts nobody is told of, for how long, and why: to begin with, those of this rule in this segment. */
export function SilenceForm({ form, alert }: FormProperties) {
  const text = words.value
  const labels = useMemo(() => alertLabels(alert), [alert])
  const likely = new Set(['alertname', 'process', ...Object.keys(alert.segment)])
  const fill = (data: FormData, by: string): Filled => {
    const matchers = labels.filter(({ name }) => data.has(`label ${name}`))
    if (matchers.length === 0) return { missing: text.deeds.matchesNothing }
    const body = {
      matchers: matchers.map(({ name, value }) => ({ name, value, isEqual: true, isRegex: false })),
      duration: `${Number(textOf(data, 'for')) / 60_000}m`,
      created_by: by,
      comment: textOf(data, 'why'),
    }
    return { deed: { kind: 'silence', alert: alert.id, path: apiPath('silences'), body } }
  }
  return (
    <ActionForm form={form} alert={alert.id} fill={fill}>
      <fieldset class="choices">
        <legend>{text.deeds.matches}</legend>
        {labels.map(({ name, value }) => (
          <label key={name} class="check">
            <input type="checkbox" name={`label ${name}`} defaultChecked={likely.has(name)} />
            <code>
              {name}="{value}"
            </code>
          </label>
        ))}
      </fieldset>
      <label>
        <span>{text.deeds.howLong}</span>
        <select name="for">
          {choicesMs.map(ms => (
            <option key={ms} value={ms}>
              {text.deeds.until(
                formatDuration(ms, text),
                formatTime(now.value + ms, timeZone.value, now.value, text, false),
              )}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{text.deeds.why}</span>
        <textarea name="why" required maxLength={2_000} rows={2} />
      </label>
      <p class="quiet">{text.deeds.silenceNote}</p>
    </ActionForm>
  )
}
