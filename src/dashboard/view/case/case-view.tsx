import { CaseLookup } from './case-lookup.tsx'

/** One case as a timeline, found by its id. */
export function CaseView() {
  return (
    <div class="column">
      <CaseLookup />
    </div>
  )
}
