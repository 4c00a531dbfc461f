import { words } from '../language/language.ts'
import type { Pages } from '../state/pages.ts'
import { TroubleText } from './loaded.tsx'

/** The end of a list in pages: a way to the next one, or why it could not be read. */
export function More({ list: { pages, state, more } }: { list: Pages<unknown> }) {
  const text = words.value
  if (state === 'reading') return <p class="quiet">{text.unanswered.loading}</p>
  if (state === 'whole') return null
  return (
    <>
      {state !== 'more' && <TroubleText trouble={state} isOld={false} />}
      <p>
        <button type="button" onClick={more} data-more={pages.length}>
          {state === 'more' ? text.parts.more : text.parts.tryAgain}
        </button>
      </p>
    </>
  )
}
