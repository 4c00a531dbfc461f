import { useSignal } from '@preact/signals'
import { words } from '../../language/language.ts'
import { addressOfIssuer, cameBackWith, signIn, signInBy } from '../../state/session.ts'
import { LanguageButton } from './header.tsx'

/** In place of the page, until somebody is known. */
export function SignInView() {
  const token = useSignal('')
  const isAsking = useSignal(false)
  const refusal = useSignal(cameBackWith)
  const text = words.value.signIn
  const submit = async (event: Event) => {
    event.preventDefault()
    isAsking.value = true
    refusal.value = await signInBy(token.value.trim())
    isAsking.value = false
  }
  return (
    <main class="sign-in">
      <section class="panel">
        <div class="panel-head">
          <h1>Stagewatch · {text.title}</h1>
          <LanguageButton />
        </div>
        <p role="alert" class="sign-in-problem">
          {refusal.value !== undefined && (text.problems.get(refusal.value) ?? text.otherProblem)}
        </p>
        {signIn.value?.issuer && (
          <>
            <a class="sign-in-issuer" href={addressOfIssuer()}>
              {text.issuer}
            </a>
            <p class="quiet">{text.or}</p>
          </>
        )}
        <form onSubmit={submit}>
          <label for="sign-in-token">{text.token}</label>
          <input
            id="sign-in-token"
            type="password"
            autocomplete="current-password"
            required
            aria-describedby="sign-in-note"
            value={token.value}
            onInput={event => {
              token.value = event.currentTarget.value
            }}
          />
          <p id="sign-in-note" class="quiet">
            {text.tokenNote}
          </p>
          <button type="submit" disabled={isAsking.value}>
            {text.submit}
          </button>
        </form>
      </section>
    </main>
  )
}
