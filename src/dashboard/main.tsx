import { render } from 'preact'
import * as z from 'zod/mini'
import { readWords } from './language/language.ts'
import { keepAddress, language } from './state/address.ts'
import { keepScheme } from './state/scheme.ts'
import { followSession } from './state/session.ts'
import { keepTitle } from './state/title.ts'
import { Page } from './view/page.tsx'
import { listenToKeys } from './view/shell/keys.ts'

// The content security policy allows no code made at run time, which zod would otherwise try.
z.config({ jitless: true })
keepAddress()
keepScheme()
listenToKeys()
followSession()
const place = document.getElementById('page')
if (place === null) throw new Error('index.html has no element #page')
await readWords()
// From here on something is said.
keepTitle()
language.subscribe(() => void readWords())
render(<Page />, place)
