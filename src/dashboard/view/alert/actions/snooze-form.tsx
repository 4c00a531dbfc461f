import { useSignal } from '@preact/signals'
import { formatDuration, formatTime, formatZone } from '../../../language/format.ts'
import { words } from '../../../language/language.ts'
import { alertDeed } from '../../../state/deeds.ts'
import { now } from '../../../state/live.ts'
import { timeZone } from '../../../state/selection.ts'
import { instantAt, localText } from '../../../state/zoned-time.ts'
import { ActionForm, type Filled, textOf } from './action-form.tsx'
import type { FormProperties } from './forms.tsx'

const choicesMs = [900_000, 3_600_000, 14_400_000, 86_400_000]
const OTHER = 'other'

/** For how long nobody is told of it. */
export function SnoozeForm({ form, alert }: FormProperties) {
  const chosen = useSignal(String(choicesMs[1]))
  const text = words.value
  const fill = (data: FormData, by: string): Filled => {
    const until =
      chosen.value === OTHER ? instantAt(textOf(data, 'until'), timeZone.value) : now.peek() + Number(chosen.value)
    if (until === undefined) return { missing: text.deeds.noInstant }
    return { deed: alertDeed('snooze', alert.id, by, { until: new Date(until).toISOString() }) }
  }
  const choice = (value: string, title: string) => (
    <label key={value} class="check number">
      <input
        type="radio"
        name="for"
        value={value}
        checked={chosen.value === value}
        onChange={() => {
          chosen.value = value
        }}
      />
      {title}
    </label>
  )
  return (
    <ActionForm form={form} alert={alert.id} fill={fill}>
      <fieldset class="choices">
        <legend>{text.deeds.howLong}</legend>
        {choicesMs.map(ms => {
          const until = formatTime(now.value + ms, timeZone.value, now.value, text, false)
          return choice(String(ms), text.deeds.until(formatDuration(ms, text), until))
        })}
        {choice(OTHER, text.deeds.untilOther(formatZone(timeZone.value, now.value, text)))}
        {chosen.value === OTHER && (
          <input
            type="datetime-local"
            name="until"
            aria-label={text.deeds.untilOther(timeZone.value)}
            defaultValue={localText(now.peek() + 7_200_000, timeZone.value)}
          />
        )}
      </fieldset>
    </ActionForm>
  )
}
