import type { ComponentChildren } from 'preact'
import { addressOf, goTo, type Place } from '../state/address.ts'

type Properties = {
  readonly to: Place
  readonly children: ComponentChildren
  readonly [attribute: `data-${string}`]: string | undefined
  readonly class?: string
  readonly title?: string
  readonly 'aria-current'?: 'page' | 'true' | undefined
  readonly 'aria-label'?: string
}

/** A way to another place of this page: an address of its own, to be opened in another tab or sent to somebody. */
export function Link({ to, children, ...attributes }: Properties) {
  return (
    <a
      {...attributes}
      href={addressOf(to)}
      onClick={event => {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        goTo(to)
      }}
    >
      {children}
    </a>
  )
}
