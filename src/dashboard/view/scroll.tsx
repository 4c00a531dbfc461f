import type { ComponentChildren } from 'preact'

type Properties = {
  readonly label: string
  /** `wide`: it is as long as it is, only its width is held. */
  readonly kind?: 'both' | 'wide'
  readonly children: ComponentChildren
}

/** What may be wider or longer than its place, such as a table; a keyboard reaches and scrolls it. */
export function Scroll({ label, kind = 'both', children }: Properties) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class={kind === 'wide' ? 'scroll-x' : 'scroll'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
