import type { ComponentChildren } from 'preact'
import { Scroll } from './scroll.tsx'

/** `end`: a column of numbers, aligned at their ends. */
export type Head = string | { readonly end: string }

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
            {heads.map(head =>
              typeof head === 'string' ? (
                <th key={head} scope="col">
                  {head}
                </th>
              ) : (
                <th key={head.end} scope="col" class="end">
                  {head.end}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  )
}
