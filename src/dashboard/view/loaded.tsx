import type { ComponentChildren } from 'preact'
import { words } from '../language/language.ts'
import type { Trouble } from '../state/api.ts'
import type { Resource } from '../state/resource.ts'
import { WarningIcon } from './icon.tsx'

type Properties<Value> = {
  readonly of: Resource<Value>
  readonly children: (value: Value) => ComponentChildren
}

/** What was read, or in its place why it is not there and what to do. */
export function Loaded<Value>({ of, children }: Properties<Value>) {
  if (of.kind === 'loading') return <p class="quiet loading">{words.value.unanswered.loading}</p>
  if (of.kind === 'failed') return <TroubleText trouble={of.trouble} isOld={false} />
  return (
    <>
      {of.trouble !== undefined && <TroubleText trouble={of.trouble} isOld />}
      {children(of.value)}
    </>
  )
}

/** @param isOld what is shown beside it was read before. */
export function TroubleText({ trouble, isOld }: { trouble: Trouble; isOld: boolean }) {
  const text = words.value
  return (
    <p class="trouble" role="alert">
      <WarningIcon />
      <span>
        {isOld && <b>{text.parts.old} </b>}
        {trouble.kind === 'away' ? (
          text.unanswered.away
        ) : (
          <>
            {trouble.problem.detail}. <span class="quiet">{trouble.problem.remedy}.</span>
          </>
        )}
      </span>
    </p>
  )
}
