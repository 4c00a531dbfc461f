import { words } from '../../language/language.ts'
import { signIn, signOut, visitor } from '../../state/session.ts'

/** Who is signed in; nothing where nobody has to be. */
export function Account() {
  const who = visitor.value
  if (signIn.value === undefined || who === undefined) return null
  const text = words.value.signIn
  return (
    <span class="account">
      <b>{who.name}</b> <span class="quiet">{text.role[who.role]}</span>
      <button type="button" onClick={signOut}>
        {text.signOut}
      </button>
    </span>
  )
}
