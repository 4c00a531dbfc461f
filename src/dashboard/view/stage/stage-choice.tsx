import type { Segment } from '../../../protocol/vocabulary.ts'
import { local, words } from '../../language/language.ts'
import { chosenSegment, chosenStage } from '../../state/address.ts'
import { process, stage, stages } from '../../state/selection.ts'
import { segmentTextWithNames } from '../segment-text.ts'
import { RangeChoice } from './range-choice.tsx'

/** Which stage, which segment of it, and over which time. */
export function StageChoice() {
  const text = words.value
  const shown = stage.value
  return (
    <section class="panel stage-choice" aria-label={text.stageView.stage}>
      <label>
        <span>{text.stageView.stage}</span>
        <select
          id="stage"
          value={shown?.name}
          onChange={event => {
            chosenStage.value = event.currentTarget.value
            chosenSegment.value = undefined
          }}
        >
          {process.value?.stages.map(({ name, title }) => (
            <option key={name} value={name}>
              {local(title)}
            </option>
          ))}
        </select>
      </label>
      {shown !== undefined && shown.by.length > 0 && <SegmentChoice stage={shown.name} />}
      <RangeChoice />
    </section>
  )
}

function SegmentChoice({ stage: name }: { stage: string }) {
  const text = words.value
  const segments = stages.value.find(({ stage }) => stage === name)?.segments.filter(({ total }) => !total) ?? []
  const known = segments.map(({ segment }) => JSON.stringify(segment))
  const chosen = chosenSegment.value
  const asked = readSegment(chosen)
  return (
    <label>
      <span>{text.stageView.segment}</span>
      <select
        id="segment"
        value={chosen ?? ''}
        onChange={event => {
          chosenSegment.value = event.currentTarget.value || undefined
        }}
      >
        <option value="">{text.stageView.whole}</option>
        {chosen !== undefined && !known.includes(chosen) && (
          <option value={chosen}>{asked === undefined ? chosen : segmentTextWithNames(asked, text)}</option>
        )}
        {segments.map(({ segment }, index) => (
          <option key={known[index]} value={known[index]}>
            {segmentTextWithNames(segment, text)}
          </option>
        ))}
      </select>
    </label>
  )
}

function readSegment(text: string | undefined): Segment | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Segment) : undefined
  } catch {
    // Somebody edited the address; the server answers with what is wrong.
    return undefined
  }
}
