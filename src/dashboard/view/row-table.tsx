import type { ComponentChildren } from 'preact'
import { Scroll } from './scroll.tsx'

/** `end`: a column of numbers, aligned at their ends; `alone`: one that gives way where something stands beside the table. */
type Head = string | { readonly end: string } | { readonly alone: string }

type Properties = {
  /** What the table is of, for whoever comes to it by keyboard or ear. */
  readonly label: string
  readonly heads: readonly Head[]
  /** `both`: a long one scrolls in its place. */
  readonly kind?: 'both' | 'wide'
  /** Rows of as many cells as there are heads. */
  readonly children: ComponentChildren
}

/** A table with a row for each thing. */
export function RowTable({ label, heads, kind = 'wide', children }: Properties) {
  return (
    <Scroll label={label} kind={kind}>
      <table class="rows">
        <thead>
          <tr>
            {heads.map(head => (
              <HeadCell key={JSON.stringify(head)} head={head} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  )
}

function HeadCell({ head }: { head: Head }) {
  if (typeof head === 'string') return <th scope="col">{head}</th>
  const [className, title] = 'end' in head ? ['end', head.end] : ['when-alone', head.alone]
  return (
    <th scope="col" class={className}>
      {title}
    </th>
  )
}
