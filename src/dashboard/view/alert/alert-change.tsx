import { Fragment } from 'preact'
import type { Explanation } from '../../../protocol/alert.ts'
import { suspectedText } from '../../../protocol/suspected-text.ts'
import { formatCount, formatDuration } from '../../language/format.ts'
import { words } from '../../language/language.ts'
import { language } from '../../state/address.ts'
import { segmentTextWithNames } from '../segment-text.ts'

/** What changed since before: the suspected cause, and the parts of the change of the mean time of a case. */
export function AlertChange({
  explanation: { before, attribution, suspected },
  titleOf,
  time,
}: {
  explanation: Explanation
  titleOf: (stage: string) => string
  time: (at: string) => string
}) {
  const text = words.value
  const cause = suspected && suspectedText(suspected, titleOf, language.value)
  const changed = (ms: number) => `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms), text)}`
  return (
    <>
      {cause !== undefined && (
        <>
          <dt>{text.detail.suspected}</dt>
          <dd>{cause}</dd>
        </>
      )}
      {before && (
        <>
          <dt>{text.detail.before}</dt>
          <dd>
            {time(before.start)} – {time(before.end)}{' '}
            {text.detail.beforeCounts(formatCount(before.entered, text), formatCount(before.exited, text))}
          </dd>
        </>
      )}
      {attribution && (
        <>
          <dt>{text.detail.mean}</dt>
          <dd>
            {text.detail.meanChanged(
              formatDuration(attribution.before_ms, text),
              formatDuration(attribution.now_ms, text),
            )}
          </dd>
          {attribution.parts.map(({ stage, segment, cause: why, change_ms: ms }) => (
            <Fragment key={`${stage} ${why} ${JSON.stringify(segment)}`}>
              <dt>{changed(ms)}</dt>
              <dd>
                {text.detail.causes[why]} ·{' '}
                {[titleOf(stage), segmentTextWithNames(segment, text)].filter(Boolean).join(' · ')}
              </dd>
            </Fragment>
          ))}
          <dt>{changed(attribution.others_ms)}</dt>
          <dd>{text.detail.otherParts}</dd>
          <dt>{changed(attribution.rest_ms)}</dt>
          <dd>{text.detail.restOfChange}</dd>
        </>
      )}
    </>
  )
}
