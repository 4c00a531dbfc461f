import { words } from '../../../language/language.ts'
import { attempts, carryOut, giveUp } from '../../../state/deeds.ts'
import { WarningIcon } from '../../icon.tsx'
import { tellDone } from './open-form.ts'

/** What the reader has done to an alert and is not known to be done: under way, or failed and why. */
export function Attempts({ alert }: { alert: string }) {
  const text = words.value.deeds
  const own = [...attempts.value.values()].filter(({ deed }) => deed.alert === alert)
  return (
    <>
      {own.map(attempt => {
        const { deed, trouble } = attempt
        const what = text.does[deed.kind].replace('…', '')
        if (trouble === undefined) {
          return (
            <p key={deed.kind} class="quiet" data-attempt={deed.kind}>
              {what}: {text.sending}
            </p>
          )
        }
        return (
          <div key={deed.kind} class="trouble" role="alert" data-attempt={deed.kind}>
            <WarningIcon />
            <span>
              <b>
                {what}: {text.failed}
              </b>{' '}
              {trouble.kind === 'away' ? (
                text.notSure
              ) : (
                <>
                  {trouble.problem.detail}. <span class="quiet">{trouble.problem.remedy}.</span>
                </>
              )}{' '}
              <button
                type="button"
                class="link"
                onClick={() => void carryOut(deed).then(isDone => isDone && tellDone(deed.kind))}
              >
                {text.tryAgain}
              </button>{' '}
              <button type="button" class="link" onClick={() => giveUp(attempt)}>
                {text.dismiss}
              </button>
            </span>
          </div>
        )
      })}
    </>
  )
}
