import { words } from '../../language/language.ts'
import { chosenCase } from '../../state/address.ts'
import { CaseFound } from './case-found.tsx'
import { CaseSearch } from './case-search.tsx'

/** One case as a timeline, found by its id. */
export function CaseView() {
  const asked = chosenCase.value
  return (
    <div class="column">
      <CaseSearch />
      {asked === undefined ? (
        <section class="panel">
          <p class="quiet">{words.value.lookup.hint}</p>
        </section>
      ) : (
        <CaseFound key={asked} asked={asked} />
      )}
    </div>
  )
}
