import { words } from '../../language/language.ts'
import type { Answer } from '../../state/api.ts'

/** In the place of an answer that is not there: it is being read, the server says no, or it is away. */
export function Unanswered({ answer }: { answer: Exclude<Answer<unknown>, { kind: 'found' }> | undefined }) {
  const text = words.value.unanswered
  if (answer === undefined) return <p class="quiet">{text.loading}</p>
  if (answer.kind === 'problem') {
    return (
      <p role="alert">
        {answer.problem.detail}
        <br />
        <span class="quiet">{answer.problem.remedy}</span>
      </p>
    )
  }
  return <p role="alert">{text.away}</p>
}
