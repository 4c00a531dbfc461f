import { computed, effect, signal } from '@preact/signals'
import { theme } from './address.ts'

/** Follows a question to the browser as its answer changes. */
function asked(query: string) {
  const list = matchMedia(query)
  const holds = signal(list.matches)
  list.addEventListener('change', () => {
    holds.value = list.matches
  })
  return holds
}

const prefersDark = asked('(prefers-color-scheme: dark)')
const printing = asked('print')

/** The colours that are shown: paper is light, whatever the screen is. */
export const scheme = computed<'light' | 'dark'>(() => {
  if (printing.value || theme.value === 'light') return 'light'
  return theme.value === 'dark' || prefersDark.value ? 'dark' : 'light'
})

export function keepScheme(): void {
  effect(() => {
    document.documentElement.dataset.scheme = scheme.value
  })
}
