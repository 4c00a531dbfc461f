import { useSignal } from '@preact/signals'
import { words } from '../../language/language.ts'
import { chosenRange, type Range, ranges } from '../../state/address.ts'
import { timeZone } from '../../state/selection.ts'
import { chosenComparison, chosenFrom, chosenTo, currentRange, fixedRange, rangeKey } from '../../state/stage-range.ts'
import { instantAt, localText } from '../../state/zoned-time.ts'

/** A stretch that goes along with now, or one from and to any minute; and what it is compared with. */
export function RangeChoice() {
  const text = words.value.stageView
  return (
    <>
      <fieldset class="switch">
        <legend class="hidden">{text.range}</legend>
        {(Object.keys(ranges) as Range[]).map(range => (
          <button
            key={range}
            type="button"
            aria-pressed={fixedRange.value === undefined && chosenRange.value === range}
            onClick={() => {
              chosenRange.value = range
              chosenFrom.value = undefined
              chosenTo.value = undefined
            }}
          >
            {text.ranges[range]}
          </button>
        ))}
      </fieldset>
      <FromTo key={`${rangeKey.value} ${timeZone.value}`} />
      <label>
        <span>{text.compare}</span>
        <select
          id="compare"
          value={chosenComparison.value}
          onChange={event => {
            chosenComparison.value = event.currentTarget.value as typeof chosenComparison.value
          }}
        >
          {(['period-before', 'week-before', 'none'] as const).map(comparison => (
            <option key={comparison} value={comparison}>
              {text.comparisons[comparison]}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

/** Its inputs show the range that is chosen; another one counts when it is sent. */
function FromTo() {
  const text = words.value.stageView
  const zone = timeZone.value
  const shown = currentRange()
  const problem = useSignal<string | undefined>(undefined)
  return (
    <form
      class="from-to"
      onSubmit={event => {
        event.preventDefault()
        const typed = new FormData(event.currentTarget)
        const [from, to] = ['from', 'to'].map(name => instantAt(String(typed.get(name) ?? ''), zone))
        if (from === undefined || to === undefined || from >= to) {
          problem.value = text.notARange
          return
        }
        chosenFrom.value = new Date(from).toISOString()
        chosenTo.value = new Date(to).toISOString()
      }}
    >
      <label>
        <span>{text.from}</span>
        <input
          type="datetime-local"
          name="from"
          required
          title={text.inZone(zone)}
          defaultValue={localText(shown.from, zone)}
        />
      </label>
      <label>
        <span>{text.to}</span>
        <input
          type="datetime-local"
          name="to"
          required
          title={text.inZone(zone)}
          defaultValue={localText(shown.to, zone)}
        />
      </label>
      <button type="submit">{text.apply}</button>
      {problem.value !== undefined && <span role="alert">{problem.value}</span>}
    </form>
  )
}
