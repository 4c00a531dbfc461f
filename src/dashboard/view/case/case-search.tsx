import { words } from '../../language/language.ts'
import { chosenCase } from '../../state/address.ts'

/** Where an id is typed; what is found stands below. */
export function CaseSearch() {
  const text = words.value.lookup
  const asked = chosenCase.value ?? ''
  return (
    <section class="panel" aria-labelledby="lookup-title">
      <form
        class="lookup"
        onSubmit={event => {
          event.preventDefault()
          const typed = String(new FormData(event.currentTarget).get('case') ?? '').trim()
          chosenCase.value = typed === '' ? undefined : typed
        }}
      >
        <h2 id="lookup-title">{text.title}</h2>
        <label class="hidden" for="case">
          {text.label}
        </label>
        <input
          key={asked}
          id="case"
          name="case"
          placeholder={text.label}
          maxLength={1_000}
          autocomplete="off"
          spellcheck={false}
          defaultValue={asked}
        />
        <button type="submit">{text.find}</button>
      </form>
    </section>
  )
}
